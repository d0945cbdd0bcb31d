//! Every message and body on the wire, with an example file for each

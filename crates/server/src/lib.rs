//! The server: doors, identity, configuration, composition; the binary arkwright

//! One attempt on one computer, without a server: supervisor, process tree, environment, workspace

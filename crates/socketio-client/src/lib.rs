//! A Socket.IO client for programs that run for months

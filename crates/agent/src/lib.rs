//! The desktop app: disk, socket, processes, terminal; the binary arkwright-agent

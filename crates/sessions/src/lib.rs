//! What one agent's or one page's connection may do: message in, answer and pushes out

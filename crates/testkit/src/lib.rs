//! Real parts for tests: servers, scripted agents, cut lines, killed processes

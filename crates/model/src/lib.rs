//! The words and the rules of Arkwright: ids, job, transition, robot, parameter, agent, clock. Pure.

"""What is true, without I/O: records, their states, scores, policy and the ports."""

"""What an antagonist brought back, beside what comes back without one."""

"""Settings that outlive the process."""

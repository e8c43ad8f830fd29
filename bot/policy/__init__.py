"""Who may do what: pure rules, decided before anyone acts."""

"""Who may enter the growth room: links, sessions, the guard, and the commands that hand out and take back."""

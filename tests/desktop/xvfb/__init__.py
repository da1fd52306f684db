"""The whole desktop on a display nobody sees, used as a person would, killed, and opened again."""

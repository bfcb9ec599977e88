"""What comes back about notices: listens, reads and checks; one file per way in."""

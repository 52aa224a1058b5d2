"""What a user arranges on the desk."""

"""What browsers hear over Socket.IO, beyond plain notices."""

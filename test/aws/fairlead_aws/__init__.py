"""An AWS stand-in: moto's backends with AWS's own rules put back in front of and inside them."""

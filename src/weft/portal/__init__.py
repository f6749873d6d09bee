"""The portal: pages rendered on the server."""

"""Field reports (phản ánh hiện trường): taken, routed, followed to the end."""

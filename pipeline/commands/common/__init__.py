"""What several commands share: options, reports, contact sheets, sample images."""

"""What several commands share: options, reports, the contact sheet, sample images."""

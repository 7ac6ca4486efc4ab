"""Who answers without a key? The stand-in provider: vendors' wire formats, words from scripts."""

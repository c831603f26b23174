"""Parts that tests of several packages share: servers, scripted texts, faults."""

"""The classifiers: what turns comments into scores."""

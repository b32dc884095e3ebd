"""Other people's wire formats: Google's Perspective API and OpenAI's moderation endpoint, down to their errors."""

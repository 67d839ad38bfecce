"""The queue: what people suggest, and what reviewers decide. Start at `queue.Suggestions` and `review.Review`."""

"""Which of theirs is ours: the matching core that link targets, reconciliation and imports share."""

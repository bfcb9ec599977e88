"""Facts, event table and projections; the chain and its verification; keys."""

"""What training needs beyond generation: the weights of the loss."""

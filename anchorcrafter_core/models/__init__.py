"""Networks: condition nets, object nets, dual adapter, UNet seams, build."""

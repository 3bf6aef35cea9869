// Tests of Product.

// Tests of TLSEngine.

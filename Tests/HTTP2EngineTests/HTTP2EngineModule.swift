// Tests of HTTP2Engine.

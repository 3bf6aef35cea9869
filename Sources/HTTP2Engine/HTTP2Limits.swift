/// What a peer may make a session hold or do.
package struct HTTP2Limits: Sendable, Equatable {
    /// Streams open at once that the peer may begin.
    package var concurrentStreams = HTTP2Limits.concurrentStreamsMax
    /// Bytes of one header list, counted as SETTINGS_MAX_HEADER_LIST_SIZE counts: 32 more for each field.
    package var headerListBytes = HTTP2Limits.headerListBytesMax
    package var headerFields = HTTP2Limits.headerFieldsMax
    /// Bytes of one stream that may be on their way or not yet consumed.
    package var streamWindowBytes = HTTP2Limits.streamWindowBytesMax
    /// The same for all streams of the connection together.
    package var connectionWindowBytes = HTTP2Limits.connectionWindowBytesMax
    /// Frames that cost us work and bring nothing (RST_STREAM, PING, SETTINGS, PRIORITY, empty DATA,
    /// frames of unknown types) in one burst.
    package var idleFrames = HTTP2Limits.idleFramesMax
    /// How many of them come back per second; one more comes back with every stream that ends well.
    package var idleFramesPerSecond = HTTP2Limits.idleFramesPerSecondMax

    package init() {}

    package static let concurrentStreamsMax = 250
    package static let headerListBytesMax = 64 << 10
    package static let headerFieldsMax = 100
    package static let streamWindowBytesMax = 256 << 10
    package static let connectionWindowBytesMax = 1 << 20
    package static let idleFramesMax = 1_000
    package static let idleFramesPerSecondMax = 30
    /// CONTINUATION frames of one header list; with HEADERS 9 × 16 KiB.
    package static let continuationsMax = 8
    /// Runs of stream numbers that a client passed over, of which the newest are remembered.
    package static let streamGapsMax = 16
    /// Entries of one SETTINGS frame.
    package static let settingsEntriesMax = 32
}

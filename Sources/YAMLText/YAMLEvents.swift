internal import CYaml

/// libyaml's parser as a sequence of events over a copy of one text.
@safe
struct YAMLEvents: ~Copyable {
    /// What comes next, and where.
    struct Event {
        var kind: Kind
        var place: Place
        /// Of a value: what `&` calls it.
        var anchor: String?
        /// Of a value: its tag as written, resolved to a URI.
        var tag: String?
    }

    enum Kind: Equatable {
        case documentStart
        case scalar(String, isPlain: Bool)
        case sequenceStart
        case mappingStart
        case alias(String)
        /// Of a sequence, a mapping or a document.
        case end
        case streamEnd
    }

    /// Counted from 1, as editors do.
    struct Place: CustomStringConvertible {
        var line: Int
        var column: Int
        var description: String { "line \(line), column \(column)" }
    }

    /// Owned, and never moved: libyaml keeps a pointer from the parser to itself.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    /// Owned; the parser reads from it until it is deleted.
    private let text: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: some Collection<UInt8>) throws(YAMLText.Malformed) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            throw YAMLText.Malformed(description: "no memory for a YAML parser")
        }
        unsafe self.parser = parser
        unsafe text = .allocate(capacity: bytes.count)
        unsafe _ = text.initialize(from: bytes)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        unsafe yaml_parser_set_input_string(parser, text.baseAddress, text.count)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe text.deallocate()
    }

    mutating func next() throws(YAMLText.Malformed) -> Event {
        var event = unsafe yaml_event_t()
        repeat {
            guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        } while unsafe event.type == YAML_STREAM_START_EVENT
        defer { unsafe yaml_event_delete(&event) }
        return unsafe Self.event(event)
    }

    @unsafe
    private static func event(_ event: yaml_event_t) -> Event {
        let place = unsafe Place(event.start_mark)
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, place: place)
        case YAML_ALIAS_EVENT:
            return unsafe Event(kind: .alias(string(event.data.alias.anchor) ?? ""), place: place)
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return unsafe Event(
                kind: .scalar(String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE),
                place: place,
                anchor: string(scalar.anchor),
                tag: string(scalar.tag)
            )
        case YAML_SEQUENCE_START_EVENT:
            let sequence = unsafe event.data.sequence_start
            return unsafe Event(kind: .sequenceStart, place: place, anchor: string(sequence.anchor))
        case YAML_MAPPING_START_EVENT:
            let mapping = unsafe event.data.mapping_start
            return unsafe Event(kind: .mappingStart, place: place, anchor: string(mapping.anchor))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT, YAML_DOCUMENT_END_EVENT:
            return Event(kind: .end, place: place)
        default: return Event(kind: .streamEnd, place: place)
        }
    }

    /// What libyaml says, in its words, and where.
    private func failure() -> YAMLText.Malformed {
        guard let problem = unsafe parser.pointee.problem else {
            return YAMLText.Malformed(description: "no memory for a YAML text")
        }
        var text = unsafe "\(Place(parser.pointee.problem_mark)): " + String(cString: problem)
        if let context = unsafe parser.pointee.context {
            text += unsafe ", " + String(cString: context)
            text += unsafe " at \(Place(parser.pointee.context_mark))"
        }
        return YAMLText.Malformed(description: text)
    }

    @unsafe
    private static func string(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        unsafe text.map { unsafe String(cString: $0) }
    }
}

extension YAMLEvents.Place {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}

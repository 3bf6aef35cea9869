package import Wire

/// One column of a Table: what clients are told about it, and how its cell is made.
package struct TableColumn: Sendable {
    package var name: String
    package var type: String
    package var format: String
    package var description: String
    /// 0 is always shown, 1 under `-o wide`.
    package var priority: Int64
    package var cell: @Sendable (_ object: JSONValue, _ now: Timestamp) -> JSONValue

    package init(
        _ name: String,
        type: String = "string",
        format: String = "",
        description: String = "",
        priority: Int64 = 0,
        cell: @escaping @Sendable (JSONValue, Timestamp) -> JSONValue
    ) {
        self.name = name
        self.type = type
        self.format = format
        self.description = description
        self.priority = priority
        self.cell = cell
    }

    var json: JSONValue {
        [
            "name": .string(name), "type": .string(type), "format": .string(format),
            "description": .string(description), "priority": .integer(priority),
        ]
    }
}

/// Makes `meta.k8s.io` Tables, which is how kubectl prints: the server decides the columns.
package struct TableBuilder: Sendable {
    /// How much of each object a row carries (`includeObject` of the request).
    package enum Include: String, Sendable {
        case none = "None", metadata = "Metadata", object = "Object"
    }

    package let columns: [TableColumn]

    package init(columns: [TableColumn]) { self.columns = columns }

    /// `list` is the list's own metadata (resourceVersion, continue, remainingItemCount) or the single object's.
    /// In a watch every event is a Table of one row, and only the first carries the columns.
    package func table(
        _ objects: [JSONValue],
        list: JSONValue?,
        include: Include = .metadata,
        version: String = "v1",
        withColumns: Bool = true,
        now: Timestamp
    ) -> JSONValue {
        var metadata = JSONObject()
        for name in ["resourceVersion", "continue", "remainingItemCount"] { metadata[name] = list?[name] }
        return [
            "kind": "Table", "apiVersion": .string("meta.k8s.io/\(version)"), "metadata": .object(metadata),
            "columnDefinitions": withColumns ? .array(columns.map(\.json)) : .null,
            "rows": .array(objects.map { row($0, include, version, now) }),
        ]
    }

    private func row(_ object: JSONValue, _ include: Include, _ version: String, _ now: Timestamp) -> JSONValue {
        var row: JSONValue = ["cells": .array(columns.map { $0.cell(object, now) })]
        switch include {
        case .none: break
        case .object: row["object"] = object
        case .metadata:
            row["object"] = [
                "kind": "PartialObjectMetadata", "apiVersion": .string("meta.k8s.io/\(version)"),
                "metadata": object["metadata"] ?? .emptyObject,
            ]
        }
        return row
    }
}

extension TableBuilder {
    /// The columns of a custom resource: its name, then what the definition says, or its age if it says nothing.
    package init(_ printed: [PrinterColumn]) {
        var columns = [TableColumn.name]
        for column in printed { columns.append(column.tableColumn) }
        if printed.isEmpty {
            columns.append(
                TableColumn("Age", type: "date", description: TableColumn.ageText) { object, now in
                    .string(HumanAge.since(object.at("metadata", "creationTimestamp")?.stringValue, now: now))
                }
            )
        }
        self.init(columns: columns)
    }
}

extension TableColumn {
    static let name = TableColumn("Name", format: "name", description: nameText) { object, _ in
        object.at("metadata", "name") ?? .null
    }

    static let nameText = "Name must be unique within a namespace. It is the resource's name in paths of the API."
    static let ageText = "CreationTimestamp: the time when this object was created, in UTC."
}

/// One entry of `additionalPrinterColumns`.
package struct PrinterColumn: Sendable, Equatable {
    package var name: String
    package var type: String
    package var format: String
    package var description: String
    package var priority: Int64
    package var path: JSONPath

    var tableColumn: TableColumn {
        let text =
            description.isEmpty ? "Custom resource definition column (in JSONPath format): \(path.text)" : description
        return TableColumn(name, type: type, format: format, description: text, priority: priority) { object, now in
            cell(path.value(in: object) ?? .null, now)
        }
    }

    /// A value that is not of the column's type is no value.
    private func cell(_ value: JSONValue, _ now: Timestamp) -> JSONValue {
        switch (type, value) {
        case (_, .null): .null
        case ("date", .string(let text)): .string(HumanAge.since(text, now: now))
        case ("string", .string), ("boolean", .bool), ("integer", .integer), ("number", .integer), ("number", .number):
            value
        case ("integer", .number(let number)): Int64(exactly: number.rounded(.towardZero)).map { .integer($0) } ?? .null
        case ("string", _): .string(String(decoding: value.serialized(), as: UTF8.self))
        default: .null
        }
    }
}

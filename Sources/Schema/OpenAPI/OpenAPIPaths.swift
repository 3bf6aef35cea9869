import Wire

/// The operations, as far as clients look at them: which kind a PATCH is of, what it consumes, and which query
/// parameters it knows (`dryRun`, `fieldValidation`).
struct OpenAPIPaths {
    let dialect: OpenAPIDialect

    func paths(_ entries: [OpenAPIDocument.Entry]) -> JSONValue {
        var members: [(String, JSONValue)] = []
        for entry in entries {
            let resource = entry.resource
            let scope = resource.namespaced ? "/namespaces/{namespace}" : ""
            let collection = "\(resource.basePath)\(scope)/\(resource.plural)"
            let scoped = resource.namespaced ? [parameter("namespace", "string", "path")] : []
            let named = [parameter("name", "string", "path")]
            if resource.namespaced {
                members.append(("\(resource.basePath)/\(resource.plural)", item(entry, ["get": "list"], [])))
            }
            members.append(
                (collection, item(entry, ["get": "list", "post": "create", "delete": "deletecollection"], scoped))
            )
            let single = ["get": "get", "put": "update", "patch": "patch", "delete": "delete"]
            members.append(("\(collection)/{name}", item(entry, single, named + scoped)))
            for below in resource.subresources where below.kind.isEmpty {
                let methods = ["get": "get", "put": "update", "patch": "patch"]
                members.append(("\(collection)/{name}/\(below.name)", item(entry, methods, named + scoped, below)))
            }
        }
        return .object(JSONObject(members))
    }

    /// Operations by HTTP method, where the resource has the verb.
    private func item(
        _ entry: OpenAPIDocument.Entry,
        _ methods: [String: String],
        _ parameters: [JSONValue],
        _ below: ServedResource.Subresource? = nil
    ) -> JSONValue {
        var item = JSONObject()
        let verbs = below?.verbs ?? entry.resource.verbs
        for (method, verb) in methods.sorted(by: { $0.key < $1.key }) where verbs.contains(verb) {
            item[method] = operation(entry, method, verb, below)
        }
        if !parameters.isEmpty { item["parameters"] = .array(parameters) }
        return .object(item)
    }

    private func operation(
        _ entry: OpenAPIDocument.Entry,
        _ method: String,
        _ verb: String,
        _ below: ServedResource.Subresource?
    ) -> JSONValue {
        let resource = entry.resource
        let action = verb == "create" ? "post" : verb == "update" ? "put" : verb
        let name = "\(verb)_\(resource.group)_\(resource.version)_\(resource.plural)_\(below?.name ?? "")"
        let kind = verb == "list" ? resource.listKind : resource.kind
        let reply = ["delete", "deletecollection"].contains(verb) ? nil : entry.definitionName(kind)
        var operation: JSONValue = [
            "operationId": .string(name), "description": .string("\(verb) \(resource.plural)"),
            "tags": [.string(resource.group.isEmpty ? "core" : resource.group)],
            "responses": responses(reply),
            "x-kubernetes-action": .string(action), OpenAPIDocument.gvkExtension: entry.groupVersionKind(resource.kind),
        ]
        var parameters: [JSONValue] = []
        if verb != "get", verb != "list" {
            parameters.append(parameter("dryRun", "string", "query"))
            if !verb.hasPrefix("delete") {
                parameters.append(parameter("fieldManager", "string", "query"))
                parameters.append(parameter("fieldValidation", "string", "query"))
            }
            if verb == "patch" { parameters.append(parameter("force", "boolean", "query")) }
        }
        addBody(entry, verb, &operation, &parameters)
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        return operation
    }

    /// What PATCH consumes. Where v2 names strategic merge patches, kubectl computes them from our description, which
    /// has no merge keys: lists are replaced whole and no directives are sent.
    private func patchTypes(_ entry: OpenAPIDocument.Entry) -> [String] {
        let common = ["application/json-patch+json", "application/merge-patch+json"]
        let isNamed = dialect == .v2 && entry.schema == nil && !BuiltInSchemas.isPatchedByOwnTypes(entry.resource)
        return isNamed ? common + ["application/strategic-merge-patch+json"] : common
    }

    private func addBody(
        _ entry: OpenAPIDocument.Entry,
        _ verb: String,
        _ operation: inout JSONValue,
        _ parameters: inout [JSONValue]
    ) {
        guard ["create", "update", "patch"].contains(verb) else { return }
        let schema =
            verb == "patch" ? CommonSchemas.anything : dialect.reference(entry.definitionName(entry.resource.kind))
        let types = verb == "patch" ? patchTypes(entry) : ["application/json"]
        switch dialect {
        case .v2:
            operation["consumes"] = Discovery.strings(types)
            operation["produces"] = ["application/json"]
            parameters.append(["name": "body", "in": "body", "required": true, "schema": schema])
        case .v3:
            let content = types.map { ($0, ["schema": schema] as JSONValue) }
            operation["requestBody"] = ["content": .object(JSONObject(content)), "required": true]
        }
    }

    private func responses(_ definition: String?) -> JSONValue {
        var ok: JSONValue = ["description": "OK"]
        if let definition {
            let schema = dialect.reference(definition)
            switch dialect {
            case .v2: ok["schema"] = schema
            case .v3: ok["content"] = ["application/json": ["schema": schema]]
            }
        }
        return ["200": ok]
    }

    private func parameter(_ name: String, _ type: String, _ place: String) -> JSONValue {
        var parameter: JSONValue = ["name": .string(name), "in": .string(place)]
        if place == "path" { parameter["required"] = true }
        switch dialect {
        case .v2: parameter["type"] = .string(type)
        case .v3: parameter["schema"] = ["type": .string(type)]
        }
        return parameter
    }
}

import Wire

extension APIRequest {
    /// Who the request is to count as: `kubectl --as`. Everybody may impersonate, as everybody may do everything here.
    func impersonated() throws(StatusError) -> Identity {
        let fields = http.fields
        let groups = fields.values(of: "impersonate-group")
        guard let user = fields["impersonate-user"] else {
            guard groups.isEmpty, fields["impersonate-uid"] == nil else {
                throw .badRequest("requested impersonation without impersonating a user")
            }
            return identity
        }
        let prefix = "impersonate-extra-"
        var extra: [(name: String, values: [String])] = []
        for (name, value) in fields.all where name.hasPrefix(prefix) {
            let key = QueryParameters.decode(name.dropFirst(prefix.count), plusIsSpace: false)
            if let position = extra.firstIndex(where: { $0.name == key }) {
                extra[position].values.append(value)
            } else {
                extra.append((key, [value]))
            }
        }
        let all = groups.contains("system:authenticated") ? groups : groups + ["system:authenticated"]
        return Identity(user: user, uid: fields["impersonate-uid"], groups: all, extra: extra)
    }
}

internal import KubeClient
internal import KubeModel
internal import LinuxIO
internal import Wire

/// The Secrets that a container mounts, as folders of files. Written when the container starts.
enum VolumeFolders {
    /// Mount path → folder.
    static func make(_ spec: PodSpec, in folder: String, api: any KubeAPI) async throws -> [String: String] {
        var result: [String: String] = [:]
        let podFolder = "\(folder)/pods/\(spec.uid)"
        try FileWriting.makeFolder("\(folder)/pods")
        try FileWriting.makeFolder(podFolder, mode: 0o700)
        for (mountPath, name) in spec.volumes {
            let secret = try await api.send(.get(.secrets, ObjectKey(namespace: spec.namespace, name: name)))
            let volume = "\(podFolder)/\(name)"
            try FileWriting.makeFolder(volume, mode: 0o700)
            for entry in secret["data"]?.objectValue?.members ?? [] {
                guard let text = entry.value.stringValue, let bytes = Base64.decode(text.utf8) else { continue }
                try FileWriting.replace("\(volume)/\(entry.name)", bytes, mode: 0o600)
            }
            result[mountPath] = volume
        }
        return result
    }
}

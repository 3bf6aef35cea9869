import Glibc
import TestSupport
import Testing

/// The program in namespaces of its own: where there is no IPv4, and where names do not resolve.
@Suite(.serialized, .timeLimit(.minutes(5))) struct NamesAndAddressesTests {
    /// Runs a script as `unshare` with these flags; where that cannot be done the test is skipped.
    private func run(_ script: String, flags: String, needs programs: [String]) throws -> ForeignProgram.Outcome {
        guard geteuid() == 0 else { try Test.cancel("namespaces want root") }
        let unshare = try ForeignProgram.needed("unshare")
        for program in programs { try ForeignProgram.needed(program) }
        let trial = try unshare.run([flags, "ip", "link", "set", "lo", "up"])
        guard trial.status == 0 else { try Test.cancel("no namespaces here: \(trial.output)") }
        let folder = try ScratchFolder()
        try folder.write("script", Array((Self.prelude + script).utf8))
        return try unshare.run(
            [flags, "bash", folder.path("script"), folder.path, Binary.path, Binary.root],
            seconds: 240
        )
    }

    private static let prelude = """
        set -eu
        cd "$1"; program=$2; root=$3
        trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
        export KUBECONFIG=$PWD/kubeconfig POD_NAME=op-1 POD_UID=uid-of-op-1 POD_NAMESPACE=ops SWIFT_BACKTRACE=enable=no
        # Waits until a command succeeds, or says that it never did and what the programs had to say.
        until_so() {
            for _ in $(seq 600); do if "$@" >/dev/null 2>&1; then return 0; fi; sleep 0.1; done
            echo "NEVER: $*"; tail -n 20 *.log; exit 1
        }
        address() { sed "s/.*\\"$2\\":\\"\\([^\\"]*\\)\\".*/\\1/" "$1"; }
        api() {
            rm -f api.json
            "$program" devcluster --listen "$1" --kubeconfig-out kubeconfig --ready-file api.json --data data >>api.log 2>&1 &
            api=$!
            until_so test -s api.json
        }
        webhook() {
            "$program" webhook --listen "$1" --health-listen "$1" --tls-cert certs/tls.crt --tls-key certs/tls.key \\
                --service leaderless-operator --namespace ops --kubeconfig "$2" --ready-file webhook.json \\
                >webhook.log 2>&1 &
            until_so test -s webhook.json
            webhook=$(address webhook.json webhook)
            health=http://$(address webhook.json health)
        }
        # The endpoint of op-1.
        endpoint() {
            kubectl apply -f - <<END
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: s, namespace: ops, labels: {kubernetes.io/service-name: leaderless-operator}}
        addressType: $1
        endpoints:
        - addresses: ["$2"]
          conditions: {ready: true}
          targetRef: {kind: Pod, name: op-1, namespace: ops, uid: uid-of-op-1}
        END
        }
        operator() {
            "$program" operator --service leaderless-operator --profile fast --health-listen "$1" --ready-file operator.json \\
                >operator.log 2>&1 &
            until_so test -s operator.json
            operator=http://$(address operator.json health)
        }
        # Names are looked up in ./hosts and at 127.0.0.1 alone, where nobody answers.
        own_names() {
            cp /etc/hosts hosts; cp hosts hosts.before; echo "nameserver 127.0.0.1" >resolv.conf
            mount --bind hosts /etc/hosts; mount --bind resolv.conf /etc/resolv.conf
        }
        # A kubeconfig that calls the API server by a name.
        named() {
            port=$(address api.json api); port=${port##*:}
            sed "s|server: .*|server: https://api.cluster.invalid:$port\\n    tls-server-name: localhost|" kubeconfig >named
        }
        has() { curl -gsS -m 5 "$1/metrics" | grep -qE "$2"; }
        ip link set lo up

        """

    @Test func allOfItRunsWhereThereIsOnlyIPv6AndGoesOnWhenTheAPIServerIsRestarted() throws {
        let script = #"""
            ip addr del 127.0.0.1/8 dev lo
            if ip -4 addr | grep inet; then echo "there is IPv4 still"; exit 1; fi
            api '[::1]:0'
            grep -q 'server: https://\[::1\]:' kubeconfig
            kubectl apply -f "$root/manifests/base/crd.yaml"
            kubectl create namespace ops
            "$program" certs --dir certs --name localhost --ip ::1 >certs.log
            webhook '[::1]:0' kubeconfig
            operator '[::1]:0'
            kubectl apply -f - <<END
            apiVersion: admissionregistration.k8s.io/v1
            kind: MutatingWebhookConfiguration
            metadata: {name: workclaim}
            webhooks:
            - name: owner.workclaim.test
              admissionReviewVersions: [v1]
              sideEffects: None
              failurePolicy: Fail
              clientConfig: {url: "https://$webhook/mutate/task-owners", caBundle: $(base64 -w0 certs/ca.crt)}
              rules:
              - {apiGroups: [future.ideas.protosam], apiVersions: [v1beta1], operations: [CREATE, UPDATE], resources: [task-owners]}
            END
            endpoint IPv6 fd00::1
            until_so has "$health" '^workclaim_members 1$'
            curl -gsS --cacert certs/ca.crt "https://$webhook/readyz?verbose"
            task() {
                kubectl create -f - <<END
            apiVersion: future.ideas.protosam/v1beta1
            kind: TaskOwner
            metadata: {name: $1, namespace: default}
            END
                echo "owner of $1: $(kubectl get task-owner "$1" -o 'jsonpath={.spec.owner}')"
                until_so kubectl wait --for=condition=Complete --timeout=1s "task-owner/$1"
            }
            task first
            "$program" status --namespace ops
            kill "$api"; wait "$api" || true
            until_so has "$operator" 'workclaim_api_calls_total\{connection="leases",outcome="unreachable"\}'
            curl -gsS -m 5 "$operator/healthz"
            api "$(address api.json api)"
            until_so has "$operator" '^workclaim_seat_held\{seat="op-1"\} 1$'
            task second
            has "$operator" '^workclaim_watch_ends_total\{resource="task-owners",cause="'
            echo ALL IS WELL
            """#
        let outcome = try run(script, flags: "-n", needs: ["ip", "kubectl", "curl"])
        #expect(outcome.status == 0, "\(outcome.output)")
        for line in ["owner of first: op-1", "owner of second: op-1", "ALL IS WELL"] {
            #expect(outcome.output.contains(line), "\(outcome.output)")
        }
    }

    /// The address of the API server is taken away, so that each connect fails before it returns (ENETUNREACH).
    @Test func anAddressThatIsTakenAwayIsFencedInTimeAtNoCostAndFoundAgain() throws {
        let script = #"""
            ip addr add 10.9.9.1/32 dev lo
            "$program" devcluster --listen 10.9.9.1:0 --expose --kubeconfig-out kubeconfig --ready-file api.json >api.log 2>&1 &
            until_so test -s api.json
            kubectl apply -f "$root/manifests/base/crd.yaml"
            kubectl create namespace ops
            operator 127.0.0.1:0
            pid=$!
            until_so has "$operator" '^workclaim_seat_held\{seat="op-1"\} 1$'
            # In hundredths of a second.
            worked() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
            now() { awk '{ printf "%d\n", $1 * 100 }' /proc/uptime; }
            began=$(now); before=$(worked)
            ip addr del 10.9.9.1/32 dev lo
            until_so grep -q 'seat lost' operator.log
            echo "fenced after $(($(now) - began)) hundredths"
            # H of the fast profile, and a second for those who look.
            test $(($(now) - began)) -lt 500
            until_so grep -q 'Network is unreachable' operator.log
            until_so has "$operator" 'workclaim_api_calls_total\{connection="leases",outcome="unreachable"\} [0-9]*[5-9]$'
            echo "worked $(($(worked) - before)) hundredths in $(($(now) - began))"
            test $(($(worked) - before)) -lt $((($(now) - began) / 2))
            ip addr add 10.9.9.1/32 dev lo
            until_so has "$operator" '^workclaim_seat_held\{seat="op-1"\} 1$'
            echo ALL IS WELL
            """#
        let outcome = try run(script, flags: "-n", needs: ["ip", "kubectl", "curl", "awk"])
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.contains("ALL IS WELL"), "\(outcome.output)")
    }

    @Test func aNameThatDoesNotResolveIsSaidAndHoldsUpNothingUntilItDoes() throws {
        let script = #"""
            own_names
            api 127.0.0.1:0
            kubectl create namespace ops
            named
            # A resolver that takes every question and answers none.
            perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1:53") or die;
                open(my $f, ">", "silent") or die; close $f; sleep 1000' &
            silent=$!
            until_so test -e silent
            KUBECONFIG=$PWD/named operator 127.0.0.1:0
            until_so has "$operator" '^workclaim_api_calls_total\{connection="leases",outcome="unresolved"\} [1-9]'
            # All the while the health endpoint answers, and lookups that nobody answers do not pile up.
            for _ in 1 2 3 4 5; do curl -gsS -m 2 "$operator/healthz"; done
            has "$operator" '^process_threads [0-9]?[0-9]$'
            until_so grep -q 'resolve api.cluster.invalid: no answer in time' operator.log
            # Nobody at all answers.
            kill "$silent"
            until_so grep -q 'resolve api.cluster.invalid: Temporary failure in name resolution' operator.log
            calls() { curl -gsS "$operator/metrics" | sed -n 's/^workclaim_api_calls_total{connection="leases",outcome="unresolved"} //p'; }
            has "$operator" '^workclaim_seat_held\{seat="op-1"\} 1$' && exit 1
            echo "127.0.0.1 api.cluster.invalid" >>hosts
            until_so has "$operator" '^workclaim_seat_held\{seat="op-1"\} 1$'
            kubectl -n ops get lease op-1 -o 'jsonpath={.spec.holderIdentity}'
            echo; echo "unresolved calls: $(calls)"
            echo ALL IS WELL
            """#
        let outcome = try run(script, flags: "-mn", needs: ["ip", "kubectl", "curl", "perl"])
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.contains("ALL IS WELL"), "\(outcome.output)")
    }

    /// A webhook that never saw the API server is not ready and says why; one that loses its name serves on with what it has.
    @Test func aWebhookWhoseAPIServerHasNoNameSaysSoAndServesOnWithWhatItHas() throws {
        let script = #"""
            own_names
            api 127.0.0.1:0
            kubectl apply -f "$root/manifests/base/crd.yaml"
            kubectl create namespace ops
            endpoint IPv4 10.0.0.1
            named
            operator 127.0.0.1:0
            until_so has "$operator" '^workclaim_seat_held\{seat="op-1"\} 1$'
            "$program" certs --dir certs --name localhost --ip 127.0.0.1 >certs.log
            # What is asked for each creation, and who is chosen.
            review='{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":{"group":
            "future.ideas.protosam","version":"v1beta1","kind":"TaskOwner"},"name":"t","namespace":"demo","operation":"CREATE",
            "object":{"metadata":{"name":"t"},"spec":{"owner":"","ownership":{"epoch":0}}},"oldObject":null,"dryRun":false}}'
            chosen() {
                curl -gsS -m 5 --cacert certs/ca.crt --json "$review" "https://$webhook/mutate/task-owners" |
                    sed 's/.*"patch":"\([^"]*\)".*/\1/' | base64 -d | grep -q '"op-1"'
            }
            verbose() { curl -gsS -m 5 "$health/readyz?verbose"; }
            not_ready() { verbose | grep -q "^\[-\]members failed: .*$1"; }

            webhook 127.0.0.1:0 named
            until_so not_ready 'resolve api.cluster.invalid: Temporary failure in name resolution'
            grep -q 'level=warning.*not known yet.*resolve api.cluster.invalid: Temporary failure in name' webhook.log
            curl -gsS -m 5 "$health/healthz"
            # It is asked all the same, and lets everything pass.
            curl -gsS -m 5 --cacert certs/ca.crt --json "$review" "https://$webhook/mutate/task-owners" | grep -q '"allowed":true'
            echo "127.0.0.1 api.cluster.invalid" >>hosts
            until_so chosen
            verbose | grep -q 'readyz check passed'

            # The name goes, and the API server is restarted, so that it is looked for anew.
            cat hosts.before >hosts
            kill "$api"; wait "$api" || true
            until_so grep -q 'member list may be out of date.*resolve api.cluster.invalid: Temporary failure in name' webhook.log
            api "$(address api.json api)"
            for _ in 1 2 3 4 5; do chosen; done
            verbose | grep -q 'readyz check passed'
            has "$health" '^workclaim_members 1$'
            echo "127.0.0.1 api.cluster.invalid" >>hosts
            # It follows again: whoever leaves is nobody's choice any more.
            kubectl -n ops delete endpointslice s
            until_so has "$health" '^workclaim_members 0$'
            echo ALL IS WELL
            """#
        let outcome = try run(script, flags: "-mn", needs: ["ip", "kubectl", "curl"])
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.contains("ALL IS WELL"), "\(outcome.output)")
    }
}

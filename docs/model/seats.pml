/*
 * The ownership protocol ("seats"), one task, P pods. docs/protocol.md tells it in words; the numbers in brackets are its rules.
 *
 * The API server is one atomic store: every step that names `owner`, `epoch`, `term` … is one compare-and-swap that it commits.
 * A pod works from what it has seen, and what it has sent may commit at any later time, or never.
 *
 * Time is not modelled. "D has passed over an unchanged record" becomes "nobody still believes that it holds the seat", which is
 * what H(1+rho) + stall < D(1-rho) buys. Crash and self-fence are one step here: the pod stops and forgets the seat.
 *
 * Parts of the protocol, each off unless asked for (-D…):
 *   DRAIN hand-over to a warm heir     STATUS status writes and the fence     PROOF proof of death by container id
 *   FENCE_FIRST (with STATUS) the fence is written before the handler starts, as the program does
 *   TWO_STEP a takeover reads the Lease and writes it later, as the program does
 *   DELETE Leases deleted by hand      DIRECT moves between two seats of one pod      RECOVERY the liveness claim
 * Each switch listed in `check` under "must fail" takes one rule away.
 */
#ifndef P
#define P 2      /* pods; pod n's own seat is seat n */
#endif
#ifndef MAXE
#define MAXE 3   /* epochs: how often the task may change hands while disruptions last */
#endif
#ifndef MAXT
#define MAXT 1   /* acquisitions of each seat after the first, while disruptions last */
#endif

#define TB 8                        /* base for pairs packed in a byte: (seat, term), (epoch, term) */
#define FROM(s, t) ((s) * TB + (t)) /* spec.ownership.from */
#define OWED 252                    /* in place of the seen `from`: the receiver check passed, but a re-claim must come first */
#define ACCEPTED 253                /* … the receiver check passed */
#define WRITTEN 254                 /* … and the answer to a status write of this term has come (FENCE_FIRST) */
#define GONE 255                    /* … the task is not in what this pod sees of this seat */
#define I(p, s) (((p) - 1) * P + (s) - 1)

/* ---- the task, as stored ---- */
byte owner, epoch, from;
byte rel, rec; /* writes in flight that can still commit, one bit per sender's term: releases, re-claims. All test owner and
                  epoch, so the next change of either kills them: no other in-flight write needs remembering, and the number in
                  flight is unbounded. */

/* ---- the Leases, as stored ---- */
byte term[P + 1];   /* counts acquisitions for ever (uid and leaseTransitions of the real Lease together) */
byte synced[P + 1]; /* synced-rv: 1 + epoch up to which the holder has processed and quiesced; 0 absent */

/* ---- what pods believe ---- */
byte held[P * P]; /* the term under which p holds s; 0 not */
byte seen[P * P]; /* 1 + epoch of the last list or watch event of seat s at p; 0 not yet listed */
byte what[P * P]; /* `from` of the task as seen, or one of the four above */

#define IDLE 0
#define CHECKED 1   /* receiver check passed, handler not started */
#define ACTIVE 2    /* handler runs */
#define RELEASING 3 /* handler stopped, a release or re-claim is sent, its outcome not known */
#define MOVING 4    /* handler runs on while a direct move is in flight [6] */
byte phase[P + 1], atSeat[P + 1], atEpoch[P + 1];

byte token; /* ghost: the greatest fencing token (epoch, leaseTransitions) with which a handler was started */

#ifdef RECOVERY
bool stable, dead[P + 1];
#define ALIVE(p) (!dead[p])
#define EPOCHS (stable -> MAXE + 4 : MAXE)
#define TERMS (stable -> MAXT + 3 : MAXT + 1)
#define TMAX (MAXT + 3)
#else
#define stable false
#define ALIVE(p) true
#define EPOCHS MAXE
#define TERMS (MAXT + 1)
#define TMAX (MAXT + 1)
#endif
#ifdef DRAIN
byte heir[P + 1];     /* chosen by the drainer; warms its watch */
byte handed[P + 1];   /* the Lease was handed to this pod, which has not yet renewed it */
byte finalrv[P + 1];  /* final-rv of that hand-over */
#ifdef HEIR_WITHOUT_RENEWAL
byte handedTerm[P + 1];
#endif
#define WARM(p, s) (heir[s] == p || handed[s] == p)
#else
#define WARM(p, s) false
#endif
#ifdef DELETE
bool absent[P + 1];
byte born[P + 1]; /* term with which a re-created Lease began, 0 for the first one: leaseTransitions = term - born */
#define PRESENT(s) (!absent[s])
#define TRANSITIONS(s, t) ((t) - born[s])
#else
#define PRESENT(s) true
#define TRANSITIONS(s, t) (t)
#endif
#ifdef PROOF
byte container[P + 1];   /* the pod whose container-id stands in the Lease */
bool terminated[P + 1];  /* … and that container is terminated in the Pod's status */
byte keeper[P + 1];      /* the pod in holderIdentity */
bool keeperDead[P + 1];  /* … and the process whose NONCE stands there has ended */
byte late[P * P];        /* p's write of its container-id, in flight: 1, or 2 when that container has ended meanwhile */
#define HELD_BY(s, p) H(p, s)
#define NAMES(s, p) ((container[s] == p && !terminated[s]) || (keeper[s] == p && !keeperDead[s]) || late[I(p, s)] == 1)
#endif
#ifdef TWO_STEP
bool looked[P * P];  /* p has read the Lease of s and nobody held it; its takeover, which tests what was read, is under way */
#define LOOKED(p, s) looked[I(p, s)]
#endif
#ifdef STATUS
byte fence;          /* status.fence: 0 or the tag of the last writer */
byte fenceRead[P + 1];
byte sw;             /* status writes in flight that test the fence as it stands now, one bit per sender's term */
byte sw0;            /* first writes of a term, in flight, that test no fence (only in the broken variant) */
#define TAG(e, t) (1 + (e) * TB + (t))
#ifdef UNTESTED_FIRST_FENCE
#define SENT sw0
#else
#define SENT sw
#endif
#endif
#ifdef DIRECT
byte mv[P + 1]; /* direct moves in flight by target seat, one bit per sender's term */
#endif
#ifdef STALE_LIST
byte oldOwner[MAXE + 6], oldFrom[MAXE + 6]; /* history, for lists that answer from the past */
#endif

#define H(p, s) (held[I(p, s)] != 0)
#define RUNS(p) (phase[p] == ACTIVE || phase[p] == MOVING)
#if P == 2
#define ANY(f, s) (f(1, s) || f(2, s))
#define RUNNING (RUNS(1) + RUNS(2))
#define SETTLED(p) (RUNS(p) && atSeat[p] == owner && atEpoch[p] == epoch)
#define SOMEBODY (SETTLED(1) || SETTLED(2))
#else
#define ANY(f, s) (f(1, s) || f(2, s) || f(3, s))
#define RUNNING (RUNS(1) + RUNS(2) + RUNS(3))
#define SETTLED(p) (RUNS(p) && atSeat[p] == owner && atEpoch[p] == epoch)
#define SOMEBODY (SETTLED(1) || SETTLED(2) || SETTLED(3))
#endif
#define AT(p, s) (atSeat[p] == s)
#define MINE(s, e) (owner == (s) && epoch == (e))
#define CURRENT(p, s) (PRESENT(s) && term[s] == held[I(p, s)])

/* ---- which guards hold, and which the broken variants drop ---- */
#ifdef TAKEOVER_BEFORE_FENCE
#define UNHELD(s) true
#else
#define UNHELD(s) (!ANY(H, s)) /* [1] D has passed since the record last changed */
#endif
#ifdef PROOF
#if defined(STALE_CONTAINER_ID) || defined(NO_NONCE)
#define PROVEN_DEAD(s) (container[s] && terminated[s])
#else
#define PROVEN_DEAD(s) (container[s] && terminated[s] && keeper[s] == container[s] && keeperDead[s]) /* [9] same NONCE */
#endif
#else
#define PROVEN_DEAD(s) false
#endif

#define SAME_TERM(f) (PRESENT((f) / TB) && term[(f) / TB] == (f) % TB)
#define QUIESCED(f, e) (PRESENT((f) / TB) && synced[(f) / TB] >= (e) + 1)
#ifdef DELETE
#ifdef DELETED_LEASE_PASSES
#define VANISHED(f) (!PRESENT((f) / TB))
#else
#define VANISHED(f) (!PRESENT((f) / TB) && !ANY(H, (f) / TB)) /* absent for D */
#endif
#else
#define VANISHED(f) false
#endif
#ifdef OWN_SENDER_PASSES /* a seat that is its own sender needs no check: nobody else had the task in between */
#define OWN(f) ((f) / TB == s)
#else
#define OWN(f) false
#endif
#ifdef NO_RECEIVER_CHECK
#define ACCEPTABLE(f, e) true
#else
#define ACCEPTABLE(f, e) ((f) == 0 || OWN(f) || SAME_TERM(f) || QUIESCED(f, e) || VANISHED(f)) /* [3] */
#endif

#ifdef EARLY_WATERMARK
#define CAUGHT_UP(p, s) true
#else
#define CAUGHT_UP(p, s) (!(AT(p, s) && RUNS(p) && atEpoch[p] + 1 != seen[I(p, s)])) /* [3] the watermark follows quiescence */
#endif
#ifdef HANDOVER_WITH_UNKNOWN
#define AT_REST(p, s) (!(AT(p, s) && RUNS(p)))
#else
#define AT_REST(p, s) (!(AT(p, s) && (RUNS(p) || phase[p] == RELEASING))) /* [10] quiesced, and no outcome unknown */
#endif
#ifdef CREATE_AT_ONCE
#define GONE_LONG(s) true
#else
#define GONE_LONG(s) (!ANY(H, s)) /* [9] an absent Lease is an unchanged record: D first */
#endif

#ifdef CLAIM_OWN_SEAT_ONLY
#define CLAIMS_FOR(p, s) (p == s)
#else
#define CLAIMS_FOR(p, s) true
#endif

/* [5] under a re-created Lease a task must have been re-claimed before its handler starts. Who knows that it has? Its `from`, if the
   Lease is known to be a re-created one; or, if the fence comes first, a fence of this epoch and a former Lease. */
#if defined(DELETE) && !defined(NO_RECLAIM_AFTER_RECREATION) && defined(FENCE_FIRST)
#define FOREIGN(s) (fence != 0 && (fence - 1) / TB == epoch && (fence - 1) % TB < born[s])
#else
#define FOREIGN(s) false
#endif
#if defined(DELETE) && !defined(NO_RECLAIM_AFTER_RECREATION) && !defined(FENCE_FIRST)
#define VERDICT(s, f) ((born[s] == 0 || ((f) / TB == (s) && (f) % TB >= born[s])) -> ACCEPTED : OWED)
#else
#define VERDICT(s, f) ACCEPTED
#endif
#ifdef FENCE_FIRST
#define READY WRITTEN
#define WRITES(p) (phase[p] == ACTIVE || phase[p] == CHECKED)
#else
#define READY ACCEPTED
#define WRITES(p) (phase[p] == ACTIVE)
#endif

/* ---- steps shared by several actors ---- */
inline settle(p) { phase[p] = IDLE; atSeat[p] = 0; atEpoch[p] = 0;
#ifdef STATUS
    fenceRead[p] = 0;
#endif
}

inline forget(p, s) { /* the pod stops all work of the seat and drops what it knows of it */
    held[I(p, s)] = 0; seen[I(p, s)] = 0; what[I(p, s)] = GONE;
    if
    :: atSeat[p] == s -> settle(p)
    :: else
    fi
#ifdef DIRECT
    if
#ifndef MOVE_KEEPS_RUNNING
    :: phase[p] == MOVING -> phase[p] = RELEASING /* lost either seat of a move in flight: stop */
#endif
    :: else
    fi
#endif
}

inline voidMoves() { skip;
#ifdef DIRECT
    mv[1] = 0; mv[2] = 0;
#if P == 3
    mv[3] = 0;
#endif
#endif
}

inline move(z, f) { /* the only way ownership changes [2]: the epoch rises by one, and every write still in flight is now void */
    assert(epoch < EPOCHS);
    from = f; owner = z; epoch = epoch + 1; rel = 0; rec = 0;
#ifdef STATUS
    sw = 0; sw0 = 0;
#endif
    voidMoves();
#ifdef STALE_LIST
    oldOwner[epoch] = owner; oldFrom[epoch] = from;
#endif
}

#ifdef STATUS
inline unread() { fenceRead[1] = 0; fenceRead[2] = 0;
#if P == 3
    fenceRead[3] = 0;
#endif
}
#define TESTS_FENCE(p) (fenceRead[p] == fence + 1)
#else
#define TESTS_FENCE(p) true
#endif

inline leaseWritten(s) { skip; /* whatever was read of the Lease is old now, and a write that tests resourceVersion fails */
#ifdef TWO_STEP
    LOOKED(1, s) = false; LOOKED(2, s) = false;
#if P == 3
    LOOKED(3, s) = false;
#endif
#endif
}

inline cool(q, s) { if :: !H(q, s) -> seen[I(q, s)] = 0; what[I(q, s)] = GONE :: else fi }

inline acquire(p, s) { /* one Lease write: term + 1, and everything the last holder left is removed [8] */
    leaseWritten(s);
    term[s]++; held[I(p, s)] = term[s]; seen[I(p, s)] = 0; what[I(p, s)] = GONE;
#ifndef KEEP_SYNCED
    synced[s] = 0;
#endif
#ifdef DRAIN
#ifndef HEIR_WITHOUT_RENEWAL
    handed[s] = 0; finalrv[s] = 0;
#endif
    heir[s] = 0; cool(1, s); cool(2, s);
#if P == 3
    cool(3, s);
#endif
#endif
#ifdef PROOF
#if !defined(STALE_CONTAINER_ID) && !defined(KEEP_CONTAINER_ID)
    container[s] = 0; terminated[s] = 0;
#endif
    keeper[s] = p; keeperDead[s] = 0;
#endif
}

inline see(p, s, e, o, f) { /* a list or a watch event reaches the pod */
    seen[I(p, s)] = e + 1;
    if :: o == s -> what[I(p, s)] = f :: else -> what[I(p, s)] = GONE fi;
    if
    :: phase[p] == CHECKED && atSeat[p] == s && atEpoch[p] != e -> settle(p)
    :: else
    fi
}

inline start(p, s) {
    phase[p] = ACTIVE;
    assert(RUNNING <= 1); /* S1; and S3, whose breach is a start beside the old holder */
#ifndef ONLY_S1
    assert(atEpoch[p] * TB + TRANSITIONS(s, held[I(p, s)]) >= token); /* fencing tokens never go back */
#endif
    token = atEpoch[p] * TB + TRANSITIONS(s, held[I(p, s)]);
    printf("pod %d STARTS the task under seat %d, term %d, epoch %d\n", p, s, held[I(p, s)], atEpoch[p])
}

/* ---- a pod in its dealings with one seat ---- */
proctype pod(byte p; byte s) {
    do
#ifdef TWO_STEP
#define MAY_TAKE(p, s) (LOOKED(p, s) && PRESENT(s))
    :: d_step { ALIVE(p) && !H(p, s) && PRESENT(s) && (UNHELD(s) || PROVEN_DEAD(s)) && !LOOKED(p, s) ->
        LOOKED(p, s) = true; printf("pod %d reads the Lease of seat %d, which nobody holds\n", p, s) }
#else
#define MAY_TAKE(p, s) (PRESENT(s) && (UNHELD(s) || PROVEN_DEAD(s)))
#endif
    :: d_step { ALIVE(p) && !H(p, s) && MAY_TAKE(p, s) && term[s] < TERMS -> /* adoption [8] */
        acquire(p, s); printf("pod %d acquires seat %d, term %d\n", p, s, term[s]) }

    /* self-fence: H has passed, or a renewal was answered by 404 or another's term; or a crash [1] */
    :: d_step { ALIVE(p) && H(p, s) && (!stable || !CURRENT(p, s)) -> forget(p, s); printf("pod %d is fenced from seat %d\n", p, s) }

    :: d_step { ALIVE(p) && (H(p, s) || WARM(p, s)) && seen[I(p, s)] != epoch + 1 -> /* list at first, then watch events */
        see(p, s, epoch, owner, from); printf("pod %d sees seat %d as of epoch %d\n", p, s, epoch) }
#ifdef STALE_LIST
    :: d_step { H(p, s) && seen[I(p, s)] == 0 && epoch > 0 -> see(p, s, epoch - 1, oldOwner[epoch - 1], oldFrom[epoch - 1]);
        printf("pod %d lists seat %d from a cache, as of epoch %d\n", p, s, epoch - 1) }
#endif

    :: d_step { ALIVE(p) && H(p, s) && phase[p] == IDLE && seen[I(p, s)] && what[I(p, s)] < OWED &&
            ACCEPTABLE(what[I(p, s)], seen[I(p, s)] - 1) -> /* receiver check [3] */
        phase[p] = CHECKED; atSeat[p] = s; atEpoch[p] = seen[I(p, s)] - 1; what[I(p, s)] = VERDICT(s, what[I(p, s)]);
        printf("pod %d accepts epoch %d under seat %d\n", p, atEpoch[p], s) }

    :: d_step { ALIVE(p) && H(p, s) && AT(p, s) && phase[p] == CHECKED && what[I(p, s)] == READY -> start(p, s) }

    :: d_step { ALIVE(p) && AT(p, s) && RUNS(p) && seen[I(p, s)] != atEpoch[p] + 1 -> /* the watch says: no longer ours */
        settle(p); printf("pod %d stops, it has seen the task leave seat %d\n", p, s) }

    :: d_step { ALIVE(p) && H(p, s) && CURRENT(p, s) && seen[I(p, s)] > synced[s] && CAUGHT_UP(p, s) -> /* [3] */
        leaseWritten(s); synced[s] = seen[I(p, s)]; printf("pod %d publishes that seat %d is quiesced up to epoch %d\n", p, s, synced[s] - 1) }

    /* release [6]: stop the handler, then send; only what was accepted may be passed on */
    :: d_step { !stable && H(p, s) && AT(p, s) && (phase[p] == CHECKED || phase[p] == ACTIVE) && MINE(s, atEpoch[p]) &&
            epoch < MAXE && TESTS_FENCE(p) ->
        phase[p] = RELEASING; rel = rel | (1 << held[I(p, s)]);
        printf("pod %d stops and sends a release of epoch %d, from {seat %d, term %d}\n", p, epoch, s, held[I(p, s)]) }
#ifdef RELEASE_UNACCEPTED
    :: d_step { H(p, s) && phase[p] == IDLE && seen[I(p, s)] && what[I(p, s)] < OWED && MINE(s, seen[I(p, s)] - 1) &&
            epoch < MAXE ->
        phase[p] = RELEASING; atSeat[p] = s; atEpoch[p] = epoch; rel = rel | (1 << held[I(p, s)]);
        printf("pod %d sends a release of epoch %d, which it never accepted, from {seat %d, term %d}\n", p, epoch, s, held[I(p, s)]) }
#endif
#ifndef NO_RECLAIM /* no answer, or a re-created Lease: re-claim with epoch + 1 [5, 6] */
    :: d_step { ALIVE(p) && H(p, s) && AT(p, s) && MINE(s, atEpoch[p]) && epoch < EPOCHS && !(rec & (1 << held[I(p, s)])) &&
            TESTS_FENCE(p) && (phase[p] == RELEASING || (phase[p] == CHECKED && (what[I(p, s)] == OWED || FOREIGN(s)))) ->
        phase[p] = RELEASING; rec = rec | (1 << held[I(p, s)]);
        printf("pod %d sends a re-claim of epoch %d under seat %d\n", p, epoch, s) }
#endif
#if defined(DELETE) && defined(RECLAIM_UNACCEPTED)
    :: d_step { H(p, s) && phase[p] == IDLE && seen[I(p, s)] && what[I(p, s)] < OWED && MINE(s, seen[I(p, s)] - 1) &&
            VERDICT(s, what[I(p, s)]) == OWED && epoch < MAXE && !(rec & (1 << held[I(p, s)])) ->
        phase[p] = RELEASING; atSeat[p] = s; atEpoch[p] = epoch; rec = rec | (1 << held[I(p, s)]);
        printf("pod %d sends a re-claim of epoch %d, which it never accepted, under seat %d\n", p, epoch, s) }
#endif
    :: d_step { ALIVE(p) && AT(p, s) && phase[p] == RELEASING && seen[I(p, s)] > atEpoch[p] + 1 -> settle(p) }
#ifdef RESUME_WITHOUT_BUMP
    :: d_step { H(p, s) && AT(p, s) && phase[p] == RELEASING -> start(p, s) }
#endif

    /* claim [7], under any seat held; `from` is kept. (While disruptions last, api() lets any seat get it at any time.) */
    :: d_step { stable && ALIVE(p) && owner == 0 && H(p, s) && CURRENT(p, s) && CLAIMS_FOR(p, s) ->
        printf("pod %d claims the unowned task for seat %d\n", p, s); move(s, from) }

#ifdef DRAIN /* [10] */
    :: d_step { !stable && heir[s] == 0 && handed[s] == 0 && !H(p, s) && ANY(H, s) && term[s] < TERMS -> heir[s] = p;
        printf("pod %d is chosen as heir of seat %d and begins to watch it\n", p, s) }
    :: d_step { !stable && H(p, s) && CURRENT(p, s) && heir[s] && term[s] < TERMS && AT_REST(p, s) ->
        leaseWritten(s); term[s]++; synced[s] = 0; handed[s] = heir[s]; heir[s] = 0;
        finalrv[s] = (seen[I(p, s)] -> seen[I(p, s)] : 255);
#ifdef HEIR_WITHOUT_RENEWAL
        handedTerm[s] = term[s];
#endif
        forget(p, s); printf("pod %d hands seat %d to its heir, which must have seen epoch %d, or list\n", p, s, finalrv[s] - 1) }
    :: d_step { ALIVE(p) && handed[s] == p && !H(p, s) ->
#ifndef HEIR_WITHOUT_RENEWAL
        held[I(p, s)] = term[s]; /* the heir's own renewal: tests the term, so it fails if the seat has moved on */
#else
        held[I(p, s)] = handedTerm[s];
#endif
        handed[s] = 0;
#ifndef UNTESTED_RENEWAL /* the broken takeover tests holder and term only, which a renewal leaves as they are */
        leaseWritten(s);
#endif
#ifndef COLD_HEIR
        if :: seen[I(p, s)] < finalrv[s] -> seen[I(p, s)] = 0; what[I(p, s)] = GONE :: else fi; /* then it lists */
#endif
        finalrv[s] = 0; printf("heir pod %d holds seat %d, term %d\n", p, s, held[I(p, s)]) }
#endif

#ifdef DELETE
    :: d_step { ALIVE(p) && !H(p, s) && absent[s] && term[s] < TERMS && GONE_LONG(s) ->
        absent[s] = 0; acquire(p, s); born[s] = term[s];
        printf("pod %d creates the Lease of seat %d anew, term %d\n", p, s, term[s]) }
#endif

#ifdef PROOF
    :: d_step { H(p, s) && late[I(p, s)] == 0 && container[s] != p && term[s] < TERMS -> late[I(p, s)] = 1;
        printf("pod %d has learned its container-id and sends it to the Lease of seat %d\n", p, s) }
#ifdef STALE_CONTAINER_ID /* as if that write tested holderIdentity; the other broken variant, NO_NONCE, leaves it untested */
#define TESTED(p, s) (late[I(p, s)] == 1 && keeper[s] == p && !keeperDead[s])
#else
#define TESTED(p, s) true
#endif
    :: d_step { late[I(p, s)] && TESTED(p, s) -> leaseWritten(s); container[s] = p; terminated[s] = (late[I(p, s)] == 2); late[I(p, s)] = 0; /* at any time */
        printf("the Lease of seat %d now names a container of pod %d\n", s, p) }
#endif

#ifdef STATUS /* [4] */
    :: d_step { ALIVE(p) && H(p, s) && AT(p, s) && phase[p] != IDLE && MINE(s, atEpoch[p]) && !TESTS_FENCE(p) ->
        fenceRead[p] = fence + 1; printf("pod %d reads the task's fence\n", p) }
    :: d_step { ALIVE(p) && H(p, s) && AT(p, s) && WRITES(p) && MINE(s, atEpoch[p]) && !FOREIGN(s) &&
            fence != TAG(epoch, held[I(p, s)]) && TESTS_FENCE(p) &&
            !(SENT & (1 << held[I(p, s)])) ->
#ifdef UNTESTED_FIRST_FENCE
        sw0 = sw0 | (1 << held[I(p, s)]);
#else
        sw = sw | (1 << held[I(p, s)]);
#endif
        printf("pod %d sends its first status write of term %d\n", p, held[I(p, s)]) }
#endif

#ifdef FENCE_FIRST
    :: d_step { ALIVE(p) && H(p, s) && AT(p, s) && phase[p] == CHECKED && what[I(p, s)] == ACCEPTED && MINE(s, atEpoch[p]) &&
            fence == TAG(epoch, held[I(p, s)]) -> what[I(p, s)] = WRITTEN; printf("pod %d reads that its status is written\n", p) }
#endif

#ifdef DIRECT
#define BEGIN_MOVE(z) \
    :: d_step { !stable && z != s && H(p, s) && H(p, z) && AT(p, s) && phase[p] == ACTIVE && MINE(s, atEpoch[p]) && epoch < MAXE && \
            TESTS_FENCE(p) -> \
        phase[p] = MOVING; mv[z] = mv[z] | (1 << held[I(p, s)]); \
        printf("pod %d sends a direct move of epoch %d from seat %d to seat %d and runs on\n", p, epoch, s, z) }
    :: d_step { phase[p] == MOVING && H(p, s) && !AT(p, s) && seen[I(p, s)] == atEpoch[p] + 2 && H(p, atSeat[p]) &&
            what[I(p, s)] == FROM(atSeat[p], held[I(p, atSeat[p])]) ->
#ifndef FINAL_RV_FROM_WATCH /* what the pod learned here it knows of the other seat too: final-rv must cover it [10] */
        if
        :: seen[I(p, atSeat[p])] < seen[I(p, s)] -> seen[I(p, atSeat[p])] = seen[I(p, s)]; what[I(p, atSeat[p])] = GONE
        :: else
        fi;
#endif
        atSeat[p] = s; atEpoch[p] = atEpoch[p] + 1; phase[p] = ACTIVE; what[I(p, s)] = ACCEPTED;
        token = atEpoch[p] * TB + TRANSITIONS(s, held[I(p, s)]);
        printf("pod %d runs on under seat %d, epoch %d\n", p, s, atEpoch[p]) }
    BEGIN_MOVE(1)
    BEGIN_MOVE(2)
#if P == 3
    BEGIN_MOVE(3)
#endif
#endif
    od
}

/* ---- the API server commits what is in flight; the webhook chooses z (0: it is down, the task stays unowned) ---- */
#define EACH_TERM(act) act(1) act(2) act(3) act(4) act(5)
#define COMMIT_RELEASE(t) \
    :: d_step { z != owner && (rel & (1 << t)) && epoch < EPOCHS -> FENCED_OUT(t); \
        printf("the release of term %d commits: seat %d -> seat %d, epoch %d\n", t, owner, z, epoch + 1); move(z, FROM(owner, t)) }
#define COMMIT_RECLAIM(t) \
    :: d_step { (rec & (1 << t)) && epoch < EPOCHS -> FENCED_OUT(t); \
        printf("the re-claim of term %d commits: seat %d, epoch %d\n", t, owner, epoch + 1); move(owner, FROM(owner, t)) }
#define COMMIT_MOVE(t) \
    :: d_step { z && (mv[z] & (1 << t)) && epoch < EPOCHS -> FENCED_OUT(t); \
        printf("the direct move of term %d commits: seat %d -> seat %d, epoch %d\n", t, owner, z, epoch + 1); move(z, FROM(owner, t)) }
#ifdef STATUS
#define FENCED_OUT(t) assert(fence < TAG(epoch, 0) || fence <= TAG(epoch, t)) /* S4 */
#define COMMIT_STATUS(t) \
    :: d_step { (sw & (1 << t)) || (sw0 & (1 << t)) -> \
        printf("the status write of term %d commits at epoch %d\n", t, epoch); \
        assert(fence <= TAG(epoch, t)); /* S4 */ \
        fence = TAG(epoch, t); sw0 = sw0 & ~(1 << t); unread(); \
        sw = 0; rel = 0; rec = 0; voidMoves() /* they tested the fence as it was */ }
#else
#define FENCED_OUT(t) skip
#endif

proctype api(byte z) {
    do
    EACH_TERM(COMMIT_RELEASE)
    :: d_step { !stable && owner == 0 && z && epoch < MAXE -> /* a claim by z's holder, or the webhook fills in on a user's write */
        printf("the unowned task goes to seat %d, epoch %d\n", z, epoch + 1);
#ifdef DROP_FROM
        move(z, 0)
#else
        move(z, from)
#endif
        }
#ifdef PUT_EMPTIES
    :: d_step { owner && z && z != owner && epoch < MAXE ->
        printf("a user's PUT without spec: the webhook fills in seat %d, epoch %d, no from\n", z, epoch + 1); move(z, 0) }
#endif
#ifdef DIRECT
    EACH_TERM(COMMIT_MOVE)
#endif
    od
}

proctype store() { /* the rest of what commits by itself */
    do
    EACH_TERM(COMMIT_RECLAIM)
#ifdef STATUS
    EACH_TERM(COMMIT_STATUS)
#endif
#ifdef DELETE
#define DELETE_LEASE(s) \
    :: d_step { !stable && PRESENT(s) -> leaseWritten(s); absent[s] = 1; synced[s] = 0; \
        printf("an admin deletes the Lease of seat %d\n", s) }
    DELETE_LEASE(1)
    DELETE_LEASE(2)
#if P == 3
    DELETE_LEASE(3)
#endif
#endif
    od
}

#ifdef PROOF
proctype kubelet(byte p) { /* the container ends at any moment and another starts: unlike a fence, this ends all seats at once */
    byte s;
    do
    :: d_step { ANY(HELD_BY, p) || ANY(NAMES, p) ->
        for (s : 1 .. P) {
            if :: H(p, s) -> forget(p, s) :: else fi;
            if :: container[s] == p -> terminated[s] = 1 :: else fi;
            if :: keeper[s] == p -> keeperDead[s] = 1 :: else fi;
            if :: late[I(p, s)] == 1 -> late[I(p, s)] = 2 :: else fi
        }
        s = 0; printf("pod %d's container is terminated, a new one starts\n", p) }
    od
}
#endif

init {
    byte n;
    atomic {
        d_step {
            for (n : 0 .. P * P - 1) { what[n] = GONE }
            for (n : 1 .. P) {
                term[n] = 1; held[I(n, n)] = 1;
#ifdef PROOF
                keeper[n] = n;
#endif
            }
        }
        if :: owner = 1 :: owner = 0 fi; /* CREATE: the webhook chose, or was down */
#ifdef STALE_LIST
        oldOwner[0] = owner;
#endif
        for (n : 1 .. P) {
            run pod(n, 1); run pod(n, 2);
#if P == 3
            run pod(n, 3);
#endif
#ifdef PROOF
            run kubelet(n);
#endif
        }
        for (n : 0 .. P) { run api(n) }
        run store();
        n = 0
    }
#ifdef RECOVERY
    atomic { /* at any moment disruptions end: some pods stay dead, writes in flight may be lost or still commit */
        stable = true; printf("disruptions end\n");
        if :: skip :: dead[1] = true :: dead[2] = true
#if P == 3
        :: dead[1] = true; dead[2] = true :: dead[2] = true; dead[3] = true
#endif
        fi;
        d_step {
            for (n : 1 .. P) {
                if
                :: dead[n] -> forget(n, 1); forget(n, 2);
#if P == 3
                    forget(n, 3);
#endif
                :: else
                fi
            }
            n = 0
        }
        if
        :: d_step { rel = 0; rec = 0; voidMoves();
#ifdef STATUS
            sw = 0
#endif
            }
        :: skip
        fi
    }
#endif
}

#ifdef RECOVERY
ltl recovery { [] (stable -> <> [] SOMEBODY) }
#endif

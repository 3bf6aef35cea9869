// The load that h2load does not make. One thread, HTTP/1.1 over TLS on loopback; everything is told as one line of JSON.
//
//   open    --rate R --seconds S    requests at random times that are fixed beforehand (a Poisson process, always the same one).
//                                   Latency counts from the time a request was due, also if it had to wait for a connection:
//                                   a server that stands still is charged with every request of that time. sent_…: the same from
//                                   when it was sent
//                                   --out FILE: due, sent, answered (CLOCK_MONOTONIC, ns) and a hash of the answer, each
//   closed  --count N               each connection sends its next request after the answer. unpatched_…: the times of answers
//                                   without a JSON patch, if there were any
//   fresh   --count N               a new connection for every request, one after the other; --silent: nothing is ever sent on it
//   hold    --count N               opens so many connections, says so, and keeps them until standard input ends
//
// patched: answers with a JSON patch. Exit code 1: an answer was no success, and which. For all:
//   --port P [--path PATH] [--body FILE] [--header LINE] [--connections N] [--piece BYTES] [--client PEM]
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { answer_max = 1 << 20, connections_max = 10000 };

struct connection {
    SSL *tls;
    int socket;
    size_t written;     // of the request
    size_t have, want;  // bytes of the answer; want 0: its head is not complete
    char *answer;
    int64_t due, sent, answered;
    int is_busy, is_patched;
};

static struct { int port; const char *path, *body, *header, *out, *client; double rate, seconds; long count, connections, piece; int silent; } chosen =
    {.path = "/mutate/task-owners", .header = "", .connections = 25, .piece = 1 << 30};
static SSL_CTX *context;
static char *request;
static size_t request_length;

static void fail(const char *what) {
    fprintf(stderr, "load: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    ERR_print_errors_fp(stderr);
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void open_connection(struct connection *it) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(chosen.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    it->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(it->socket, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    setsockopt(it->socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    it->tls = SSL_new(context);
    SSL_set_fd(it->tls, it->socket);
    if (SSL_connect(it->tls) != 1) fail("TLS handshake");
    if (!it->answer && !(it->answer = malloc(answer_max))) fail("memory");
}

static void expect_more(struct connection *it, int result) {
    int why = SSL_get_error(it->tls, result);
    errno = 0;
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) fail("the connection was closed");
}

// Writes what can be written; in pieces, each a TLS record of its own.
static void send_on(struct connection *it) {
    while (it->written < request_length) {
        size_t left = request_length - it->written;
        int count = SSL_write(it->tls, request + it->written, left < (size_t)chosen.piece ? left : (size_t)chosen.piece);
        if (count <= 0) return expect_more(it, count);
        it->written += count;
    }
}

// Whether the answer is complete.
static int receive(struct connection *it) {
    for (;;) {
        int count = SSL_read(it->tls, it->answer + it->have, answer_max - 1 - it->have);
        if (count <= 0) { expect_more(it, count); return 0; }
        it->have += count;
        it->answer[it->have] = 0;
        char *end;
        if (it->want == 0 && (end = strstr(it->answer, "\r\n\r\n"))) {
            char *length = strcasestr(it->answer, "\r\ncontent-length:");
            errno = 0;
            if (strncmp(it->answer, "HTTP/1.1 20", 11) != 0 || !length || length > end) { fprintf(stderr, "%s\n", it->answer); fail("no success, or no content-length"); }
            it->want = (end + 4 - it->answer) + strtoul(length + 17, NULL, 10);
            if (it->want >= answer_max) fail("the answer is too long");
        }
        if (it->want && it->have >= it->want) return 1;
    }
}

static void begin(struct connection *it, int64_t due) {
    it->written = it->have = it->want = it->answered = 0;
    it->due = due;
    it->is_busy = 1;
    it->sent = now();
    send_on(it);
}

static uint64_t hash_of_body(struct connection *it) {
    uint64_t hash = 14695981039346656037ULL;  // FNV-1a
    for (char *at = strstr(it->answer, "\r\n\r\n"); at < it->answer + it->want; at++) hash = (hash ^ (unsigned char)*at) * 1099511628211ULL;
    return hash;
}

// MARK: many connections

static struct connection pool[connections_max];
static int poller;

static void open_pool(void) {
    poller = epoll_create1(EPOLL_CLOEXEC);
    for (long index = 0; index < chosen.connections; index++) {
        open_connection(&pool[index]);
        fcntl(pool[index].socket, F_SETFL, O_NONBLOCK);
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u32 = index};
        epoll_ctl(poller, EPOLL_CTL_ADD, pool[index].socket, &event);
    }
}

static int ascending(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static long patched;

static void tell_times(const char *from, int64_t *times, long count) {
    double sum = 0;
    for (long index = 0; index < count; index++) sum += times[index];
    qsort(times, count, sizeof *times, ascending);
    printf("\"%smean\": %.3f, \"%sp50\": %.3f, \"%sp99\": %.3f, \"%sp999\": %.3f, \"%smax\": %.3f, ", from, sum / count / 1e3, from,
           times[count / 2] / 1e3, from, times[count * 99 / 100] / 1e3, from, times[count * 999 / 1000] / 1e3, from, times[count - 1] / 1e3);
}

static void tell(int64_t *latencies, int64_t *waits, int64_t *unpatched, long count, int64_t start, int64_t lateness) {
    printf("{\"seconds\": %.6f, ", (now() - start) / 1e9);
    tell_times("", latencies, count);
    if (waits) tell_times("sent_", waits, count);
    if (unpatched && count > patched) tell_times("unpatched_", unpatched, count - patched);
    printf("\"patched\": %ld, \"count\": %ld, \"lateness\": %.3f}\n", patched, count, lateness / 1e3);
}

// Sleeps until shortly before the next request is due and spins from there: a timer alone is late by as much as an answer takes.
static int wait_for_events(struct epoll_event *events, int count, int64_t until) {
    int64_t left = until - now() > 100000 ? until - now() - 100000 : 0;
    struct timespec timeout = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    return epoll_pwait2(poller, events, count, &timeout, NULL);
}

static double random_gap(void) {
    static uint64_t state = 42;
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return -log(((state >> 11) + 1) / 9007199254740993.0) * 1e9 / chosen.rate;
}

// Whether an event has brought the end of an answer, and of the request: a server may answer before it has all of that.
static int is_answered(struct connection *it) {
    if (!it->is_busy) return 0;
    send_on(it);
    if (!it->answered && receive(it)) it->answered = now();
    if (!it->answered || it->written < request_length) return 0;
    it->is_busy = 0;
    it->is_patched = strstr(it->answer, "\"patch\"") != NULL;
    patched += it->is_patched;
    return 1;
}

static void open_loop(void) {
    long count = chosen.rate * chosen.seconds, started = 0, finished = 0, head = 0, tail = 0, places = chosen.connections + 1;
    int64_t *dues = calloc(count, sizeof *dues), *latencies = calloc(count, sizeof *latencies), *waits = calloc(count, sizeof *waits), lateness = 0;
    long *idle = calloc(places, sizeof *idle);
    FILE *out = chosen.out ? fopen(chosen.out, "w") : NULL;
    int64_t start = now() + 50000000;
    double at = start;
    for (long index = 0; index < count; index++) dues[index] = at += random_gap();
    for (; tail < chosen.connections; tail++) idle[tail] = tail;
    struct epoll_event events[64];
    while (finished < count) {
        while (started < count && dues[started] <= now() && head != tail) {
            struct connection *it = &pool[idle[head]];
            head = (head + 1) % places;
            begin(it, dues[started++]);
            // With another connection at hand: what this program itself was late by.
            if (head != tail && it->sent - it->due > lateness) lateness = it->sent - it->due;
        }
        int ready = wait_for_events(events, 64, started < count && head != tail ? dues[started] : now() + 10000000);
        for (int index = 0; index < ready; index++) {
            struct connection *it = &pool[events[index].data.u32];
            if (!is_answered(it)) continue;
            waits[finished] = it->answered - it->sent;
            latencies[finished++] = it->answered - it->due;
            if (out) fprintf(out, "%ld %ld %ld %lx\n", it->due, it->sent, it->answered, hash_of_body(it));
            idle[tail] = events[index].data.u32;
            tail = (tail + 1) % places;
        }
    }
    if (out) fclose(out);
    tell(latencies, waits, NULL, count, start, lateness);
}

static void closed_loop(void) {
    long started = 0, finished = 0;
    int64_t *latencies = calloc(chosen.count, sizeof *latencies), *unpatched = calloc(chosen.count, sizeof *unpatched), start = now();
    for (; started < chosen.connections && started < chosen.count; started++) begin(&pool[started], now());
    struct epoll_event events[64];
    while (finished < chosen.count) {
        int ready = epoll_wait(poller, events, 64, -1);
        for (int index = 0; index < ready; index++) {
            struct connection *it = &pool[events[index].data.u32];
            if (!is_answered(it)) continue;
            if (!it->is_patched) unpatched[finished - patched] = it->answered - it->due;
            latencies[finished++] = it->answered - it->due;
            if (started < chosen.count) { begin(it, now()); started++; }
        }
    }
    tell(latencies, NULL, unpatched, chosen.count, start, 0);
}

// MARK: one after the other

static void fresh(void) {
    struct connection *it = &pool[0];
    int64_t *latencies = calloc(chosen.count, sizeof *latencies), all = now();
    for (long index = 0; index < chosen.count; index++) {
        int64_t start = now();
        open_connection(it);
        if (!chosen.silent) for (begin(it, start); !receive(it););
        SSL_shutdown(it->tls);
        SSL_free(it->tls);
        close(it->socket);
        latencies[index] = now() - start;
    }
    tell(latencies, NULL, NULL, chosen.count, all, 0);
}

static void hold(void) {
    for (long index = 0; index < chosen.count; index++) open_connection(&pool[index]);
    printf("{\"held\": %ld}\n", chosen.count);
    for (fflush(stdout); getchar() != EOF;);
}

static void make_request(void) {
    char *body = NULL;
    long length = 0;
    if (chosen.body) {
        FILE *file = fopen(chosen.body, "r");
        if (!file) fail(chosen.body);
        fseek(file, 0, SEEK_END);
        length = ftell(file);
        rewind(file);
        if (!(body = malloc(length + 1)) || fread(body, 1, length, file) != (size_t)length) fail(chosen.body);
    }
    request = malloc(length + 4096);
    int head = snprintf(request, 4096, "POST %s HTTP/1.1\r\nHost: localhost:%d\r\nUser-Agent: load\r\nAccept: application/json, */*\r\n"
                        "Content-Type: application/json\r\nContent-Length: %ld\r\n%s%s\r\n",
                        chosen.path, chosen.port, length, chosen.header, *chosen.header ? "\r\n" : "");
    if (length) memcpy(request + head, body, length);
    request_length = head + length;
}

static void read_options(int count, char **words) {
    for (int index = 2; index < count; index++) {
        const char *name = words[index];
        if (strcmp(name, "--silent") == 0) { chosen.silent = 1; continue; }
        if (++index >= count) fail("every option but --silent wants a value");
        const char *value = words[index];
        if (strcmp(name, "--port") == 0) chosen.port = atoi(value);
        else if (strcmp(name, "--path") == 0) chosen.path = value;
        else if (strcmp(name, "--body") == 0) chosen.body = value;
        else if (strcmp(name, "--header") == 0) chosen.header = value;
        else if (strcmp(name, "--client") == 0) chosen.client = value;
        else if (strcmp(name, "--out") == 0) chosen.out = value;
        else if (strcmp(name, "--rate") == 0) chosen.rate = atof(value);
        else if (strcmp(name, "--seconds") == 0) chosen.seconds = atof(value);
        else if (strcmp(name, "--count") == 0) chosen.count = atol(value);
        else if (strcmp(name, "--connections") == 0) chosen.connections = atol(value);
        else if (strcmp(name, "--piece") == 0) chosen.piece = atol(value);
        else { errno = 0; fail(name); }
    }
    if (chosen.connections > connections_max || chosen.count > 100000000) fail("too many");
}

int main(int count, char **words) {
    const char *mode = count > 1 ? words[1] : "";
    read_options(count, words);
    prctl(PR_SET_TIMERSLACK, 1);
    context = SSL_CTX_new(TLS_client_method());
    // Peers on loopback, with a certificate that was made for this run.
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    if (chosen.client && (SSL_CTX_use_certificate_chain_file(context, chosen.client) != 1
                          || SSL_CTX_use_PrivateKey_file(context, chosen.client, SSL_FILETYPE_PEM) != 1)) fail(chosen.client);
    make_request();
    if (strcmp(mode, "open") == 0) { open_pool(); open_loop(); }
    else if (strcmp(mode, "closed") == 0) { open_pool(); closed_loop(); }
    else if (strcmp(mode, "fresh") == 0) fresh();
    else if (strcmp(mode, "hold") == 0) { if (chosen.count > connections_max) fail("too many"); hold(); }
    else { errno = 0; fail("open, closed, fresh or hold is expected"); }
}

/* blast: posts WhatsApp webhooks as fast as they are answered, or at a fixed rate, and measures the answers.
 *
 *   cc -O2 -o blast blast.c
 *   blast -p PORT [-H path] [-c connections] [-n requests] [-k app secret] [-i phone number id] [-s series]
 *         [-f first index] [-q requests per second] [-S] [-W] [-R] [-A file]
 *
 * Request number k of a series carries the message "wamid.IN<series><k>", or with -S a "delivered" status of the
 * message "wamid.OUT<series><k>" whose token is the UUID "<series>-0000-7000-8000-<k>" (both in hexadecimal).
 * Bodies are built and signed (X-Hub-Signature-256) before the clock starts. -W then says "ready" and waits for the
 * end of its standard input.
 * -q paces as an open loop: the latency then counts from the time a request was due, not from when it was sent.
 * -R connects again when connections are lost, and stops politely at SIGTERM; -A lists acknowledged message ids.
 * Prints one JSON line: counts, seconds, rate and latency in milliseconds. One thread, epoll, loopback only.
 */
#define _GNU_SOURCE
#include "hmac_sha256.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 8192, LONGEST_BODY = 2048, EVENTS = 256, PEOPLE = 50000, MOST_CONNECTIONS = 1024 };
static const long long SECOND = 1000000000LL, MILLISECOND = 1000000LL, RECONNECT_EVERY = 20 * 1000000LL;

static struct {
    int port, connections, requests, first, statuses, waits, reconnects;
    double rate;
    long series;
    const char *path, *secret, *number, *acknowledged;
} options = {8080, 64, 20000, 0, 0, 0, 0, 0, 1, "/webhook", "app-secret", "106540352242922", NULL};

typedef struct {
    char *bytes;
    int length;
} request;

typedef struct {
    int descriptor; /* -1 while not connected */
    int request;    /* the one under way, or -1 */
    int length;
    char bytes[BUFFER];
} connection;

static request *requests;
static long long *began, *took;
static char *acknowledged;
static connection connections[MOST_CONNECTIONS];
static int poller, timer, sent, finished, refused, failures, connected;
static volatile sig_atomic_t stopping;

static long long clock_of(clockid_t which) {
    struct timespec now;
    clock_gettime(which, &now);
    return now.tv_sec * SECOND + now.tv_nsec;
}

static void stop(int signal_number) {
    (void)signal_number;
    stopping = 1;
}

/* ---- bodies ---- */

static int write_message_id(char *text, int size, int k) {
    return snprintf(text, size, "wamid.%s%010ld%010d", options.statuses ? "OUT" : "IN", options.series, k);
}

static int write_value(char *text, int size, int k) {
    char id[64];
    long phone = 11900000000L + (k * 7919L) % PEOPLE, now = time(0);
    write_message_id(id, sizeof id, k);
    if (options.statuses)
        return snprintf(text, size,
            "\"statuses\":[{\"id\":\"%s\",\"status\":\"delivered\",\"timestamp\":\"%ld\",\"recipient_id\":\"55%ld\","
            "\"conversation\":{\"id\":\"a1b2c3\",\"origin\":{\"type\":\"marketing\"}},"
            "\"pricing\":{\"billable\":true,\"pricing_model\":\"PMP\",\"category\":\"marketing\"},"
            "\"biz_opaque_callback_data\":\"%08lx-0000-7000-8000-%012x\"}]",
            id, now, phone, options.series, k);
    return snprintf(text, size,
        "\"contacts\":[{\"profile\":{\"name\":\"Cliente %ld\"},\"wa_id\":\"55%ld\"}],"
        "\"messages\":[{\"from\":\"55%ld\",\"id\":\"%s\",\"timestamp\":\"%ld\",\"type\":\"text\",\"text\":{\"body\":"
        "\"Ol\xc3\xa1, gostaria de saber o pre\xc3\xa7o do plano e o prazo de entrega do pedido %d, obrigado!\"}}]",
        (k * 7919L) % PEOPLE, phone, phone, id, now, k);
}

static request build_request(int k) {
    char value[LONGEST_BODY], body[LONGEST_BODY], signature[65], *bytes;
    write_value(value, sizeof value, k);
    int length = snprintf(body, sizeof body,
        "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"102290129340398\",\"changes\":[{\"value\":"
        "{\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":\"15550783881\","
        "\"phone_number_id\":\"%s\"},%s},\"field\":\"messages\"}]}]}", options.number, value);
    hmac_hex(options.secret, body, length, signature);
    int total = asprintf(&bytes,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: facebookexternalua\r\n"
        "Content-Type: application/json\r\nX-Hub-Signature-256: sha256=%s\r\nContent-Length: %d\r\n\r\n%s",
        options.path, options.port, signature, length, body);
    return (request){bytes, total};
}

/* ---- connections ---- */

static int connect_one(connection *one) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, descriptor = socket(AF_INET, SOCK_STREAM, 0);
    one->descriptor = one->request = -1;
    if (connect(descriptor, (void *)&address, sizeof address)) {
        close(descriptor);
        return 0;
    }
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
    one->descriptor = descriptor;
    connected++;
    return 1;
}

static void lose(connection *one) {
    failures++;
    if (one->request >= 0) finished++; /* unanswered: nobody may count on it */
    epoll_ctl(poller, EPOLL_CTL_DEL, one->descriptor, 0);
    close(one->descriptor);
    one->descriptor = one->request = -1;
    connected--;
}

static void connect_missing(void) {
    for (int i = 0; i < options.connections; i++)
        if (connections[i].descriptor < 0 && !connect_one(&connections[i])) return;
}

static void post(connection *one, int number, long long start) {
    one->request = number;
    one->length = 0;
    began[number] = start;
    if (send(one->descriptor, requests[number].bytes, requests[number].length, MSG_NOSIGNAL) != requests[number].length)
        lose(one);
}

/* Whether the whole answer has arrived. */
static int is_complete(const connection *one) {
    const char *end = strstr(one->bytes, "\r\n\r\n");
    if (!end) return 0;
    const char *length = strcasestr(one->bytes, "content-length:");
    if (length && length < end) return one->length >= end - one->bytes + 4 + atoi(length + 15);
    if (strcasestr(one->bytes, "transfer-encoding: chunked")) return strstr(end, "0\r\n\r\n") != NULL;
    return 1;
}

static void receive(connection *one) {
    int got = read(one->descriptor, one->bytes + one->length, BUFFER - 1 - one->length);
    if (got <= 0) {
        lose(one);
        return;
    }
    one->length += got;
    one->bytes[one->length] = 0;
    if (one->request < 0 || !is_complete(one)) return;
    took[one->request] = clock_of(CLOCK_MONOTONIC) - began[one->request];
    if (one->bytes[9] == '2') acknowledged[one->request] = 1;
    else refused++;
    finished++;
    one->request = -1;
}

/* ---- the run ---- */

/* Post on every idle connection what is due; returns when the next request is due, or 0. */
static long long post_due(long long start) {
    for (int i = 0; i < options.connections && sent < options.requests && !stopping; i++) {
        connection *one = &connections[i];
        if (one->descriptor < 0 || one->request >= 0) continue;
        long long now = clock_of(CLOCK_MONOTONIC), due = now;
        if (options.rate > 0) {
            due = start + (long long)(sent * (double)SECOND / options.rate);
            if (due > now) return due;
        }
        post(one, sent++, due);
    }
    return 0;
}

/* Be woken at that moment, without spinning: the load must not take the time of what it measures. */
static void wake_at(long long due) {
    struct itimerspec when = {{0, 0}, {due / SECOND, due % SECOND}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, 0);
}

static void wait_and_receive(void) {
    struct epoll_event events[EVENTS];
    int patience = stopping || options.reconnects ? (int)(RECONNECT_EVERY / MILLISECOND) : -1;
    int ready = epoll_wait(poller, events, EVENTS, patience);
    for (int i = 0; i < ready; i++) {
        unsigned long long expirations;
        if (events[i].data.ptr) receive(events[i].data.ptr);
        else if (read(timer, &expirations, sizeof expirations) < 0) continue;
    }
}

static void run(long long start) {
    long long connected_at = start, stopped_at = 0;
    while (finished < options.requests) {
        long long due = post_due(start);
        if (due) wake_at(due);
        wait_and_receive();
        long long now = clock_of(CLOCK_MONOTONIC);
        if (options.reconnects && !stopping && now - connected_at > RECONNECT_EVERY) {
            connect_missing();
            connected_at = now;
        }
        if (stopping && !stopped_at) stopped_at = now;
        if (stopping && (finished >= sent || now - stopped_at > 2 * SECOND)) break;
        if (!connected && !options.reconnects) break;
    }
}

static int by_size(const void *left, const void *right) {
    long long a = *(const long long *)left, b = *(const long long *)right;
    return (a > b) - (a < b);
}

static void report(long long started_at, double seconds) {
    int answered = 0;
    for (int i = 0; i < sent; i++)
        if (took[i]) took[answered++] = took[i];
    qsort(took, answered, sizeof *took, by_size);
    double share[] = {0.5, 0.9, 0.99, 1.0}, at[4];
    for (int i = 0; i < 4; i++) at[i] = answered ? took[(int)((answered - 1) * share[i])] / 1e6 : 0;
    printf("{\"requests\":%d,\"seconds\":%.3f,\"rate\":%.1f,\"p50\":%.2f,\"p90\":%.2f,\"p99\":%.2f,\"max\":%.2f,"
           "\"answered\":%d,\"refused\":%d,\"failures\":%d,\"started_at\":%.6f}\n",
           sent, seconds, answered / seconds, at[0], at[1], at[2], at[3], answered, refused, failures,
           started_at / (double)SECOND);
}

static void list_acknowledged(void) {
    FILE *file = fopen(options.acknowledged, "w");
    char id[64];
    for (int i = 0; i < sent; i++) {
        if (!acknowledged[i]) continue;
        write_message_id(id, sizeof id, options.first + i);
        fprintf(file, "%s\n", id);
    }
    fclose(file);
}

static void read_options(int count, char **arguments) {
    int option;
    while ((option = getopt(count, arguments, "p:H:c:n:k:i:s:f:q:SWRA:")) != -1) {
        if (option == 'p') options.port = atoi(optarg);
        if (option == 'H') options.path = optarg;
        if (option == 'c') options.connections = atoi(optarg);
        if (option == 'n') options.requests = atoi(optarg);
        if (option == 'k') options.secret = optarg;
        if (option == 'i') options.number = optarg;
        if (option == 's') options.series = atol(optarg);
        if (option == 'f') options.first = atoi(optarg);
        if (option == 'q') options.rate = atof(optarg);
        if (option == 'S') options.statuses = 1;
        if (option == 'W') options.waits = 1;
        if (option == 'R') options.reconnects = 1;
        if (option == 'A') options.acknowledged = optarg;
    }
    if (options.connections > MOST_CONNECTIONS) options.connections = MOST_CONNECTIONS;
}

static void wait_for_word(void) {
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF) continue;
}

int main(int count, char **arguments) {
    read_options(count, arguments);
    requests = malloc(options.requests * sizeof *requests);
    began = calloc(options.requests, sizeof *began);
    took = calloc(options.requests, sizeof *took);
    acknowledged = calloc(options.requests, 1);
    for (int i = 0; i < options.requests; i++) requests[i] = build_request(options.first + i);
    signal(SIGTERM, stop);
    poller = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event);
    for (int i = 0; i < options.connections; i++)
        if (!connect_one(&connections[i]) && !options.reconnects) {
            perror("connect");
            return 1;
        }
    if (options.waits) wait_for_word();
    long long started_at = clock_of(CLOCK_REALTIME), start = clock_of(CLOCK_MONOTONIC);
    run(start);
    double seconds = (clock_of(CLOCK_MONOTONIC) - start) / (double)SECOND;
    if (options.acknowledged) list_acknowledged();
    report(started_at, seconds);
    return 0;
}

/* fake_graph: a very small and fast stand-in for POST /<version>/<phone-number-id>/messages of Meta's Graph API.
 *
 *   cc -O2 -o fake_graph fake_graph.c
 *   fake_graph -p PORT [-l LATENCY_MICROSECONDS]
 *
 * Every POST gets a 200 with a unique message id and, as Meta does, the number it was sent to.
 * GET /stats answers {"posts": n}: how many posts it answered. Both are counted and answered by one thread with
 * epoll and keep-alive, so that the stand-in never is what a benchmark measures. It listens on 127.0.0.1 only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 65536, DESCRIPTORS = 65536, EVENTS = 256, LONGEST_NUMBER = 32, QUEUE = 1 << 20 };
static const long long SECOND = 1000000000LL;

typedef struct {
    int descriptor, length, generation;
    char bytes[BUFFER];
} connection;

/* An answer that waits for its time. All latencies are equal, so the queue is in order of time by itself. */
typedef struct {
    long long due;
    int descriptor, generation;
    unsigned long id;
    char number[LONGEST_NUMBER];
} answer;

static connection *connections[DESCRIPTORS];
static int generations[DESCRIPTORS]; /* tells a connection from a later one with the same descriptor */
static answer *waiting;
static size_t first_waiting, after_last;
static unsigned long next_id, posts;
static long long latency;
static int poller, timer;

static long long monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND + now.tv_nsec;
}

static void send_all(int descriptor, const char *bytes, int length) {
    while (length > 0) {
        int written = write(descriptor, bytes, length);
        if (written < 0) {
            if (errno != EAGAIN) return;
            usleep(100);
            continue;
        }
        bytes += written;
        length -= written;
    }
}

static void respond(int descriptor, const char *body, int length) {
    char response[1024];
    int total = snprintf(response, sizeof response,
                         "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n"
                         "Content-Length: %d\r\n\r\n%s", length, body);
    send_all(descriptor, response, total);
}

static void accept_message(int descriptor, unsigned long id, const char *number) {
    char body[512];
    int length = snprintf(body, sizeof body,
                          "{\"messaging_product\":\"whatsapp\",\"contacts\":[{\"input\":\"+%s\",\"wa_id\":\"%s\"}],"
                          "\"messages\":[{\"id\":\"wamid.HBgNNTUxMTk5OTk5MDAwMBUCABEYEj%016lX\","
                          "\"message_status\":\"accepted\"}]}", number, number, id);
    posts++;
    respond(descriptor, body, length);
}

static void tell_stats(int descriptor) {
    char body[64];
    int length = snprintf(body, sizeof body, "{\"posts\":%lu}", posts);
    respond(descriptor, body, length);
}

static void set_timer(long long due) {
    struct itimerspec when = {{0, 0}, {due / SECOND, due % SECOND}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, 0);
}

/* The digits of the body's "to", as Meta repeats them in wa_id. */
static void read_number(const char *body, int length, char *number) {
    const char *found = memmem(body, length, "\"to\":\"", 6), *end = body + length;
    int digits = 0;
    for (const char *at = found ? found + 6 : end; at < end && *at != '"' && digits < LONGEST_NUMBER - 1; at++)
        if (*at >= '0' && *at <= '9') number[digits++] = *at;
    number[digits] = 0;
}

static void take_message(connection *from, const char *body, int length) {
    unsigned long id = ++next_id;
    char number[LONGEST_NUMBER];
    read_number(body, length, number);
    if (!latency) {
        accept_message(from->descriptor, id, number);
        return;
    }
    answer *slot = &waiting[after_last++ & (QUEUE - 1)];
    *slot = (answer){monotonic() + latency, from->descriptor, from->generation, id, ""};
    memcpy(slot->number, number, sizeof number);
    if (after_last - first_waiting == 1) set_timer(slot->due);
}

static void answer_due(void) {
    unsigned long long expirations;
    if (read(timer, &expirations, sizeof expirations) < 0 && errno != EAGAIN) return;
    long long now = monotonic();
    while (first_waiting < after_last && waiting[first_waiting & (QUEUE - 1)].due <= now) {
        answer *slot = &waiting[first_waiting++ & (QUEUE - 1)];
        connection *to = connections[slot->descriptor];
        if (to && to->generation == slot->generation) accept_message(slot->descriptor, slot->id, slot->number);
    }
    if (first_waiting < after_last) set_timer(waiting[first_waiting & (QUEUE - 1)].due);
}

static int content_length(const char *head, const char *end) {
    const char *line = head;
    while (line && line < end) {
        if (!strncasecmp(line, "content-length:", 15)) return atoi(line + 15);
        line = memmem(line, end - line + 2, "\r\n", 2);
        if (line) line += 2;
    }
    return 0;
}

/* Serve every whole request that has arrived. */
static void serve(connection *from) {
    for (;;) {
        char *end = memmem(from->bytes, from->length, "\r\n\r\n", 4);
        if (!end) return;
        int head = end - from->bytes + 4, body = content_length(from->bytes, end);
        if (from->length < head + body) return;
        if (!memcmp(from->bytes, "GET ", 4)) tell_stats(from->descriptor);
        else take_message(from, from->bytes + head, body);
        from->length -= head + body;
        memmove(from->bytes, from->bytes + head + body, from->length);
    }
}

static void watch(int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

static void greet(int listener) {
    int descriptor, on = 1;
    while ((descriptor = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connection *new = connections[descriptor] = malloc(sizeof *new);
        new->descriptor = descriptor;
        new->length = 0;
        new->generation = generations[descriptor];
        watch(descriptor);
    }
}

static void read_from(int descriptor) {
    connection *from = connections[descriptor];
    if (!from) return;
    int got = read(descriptor, from->bytes + from->length, BUFFER - from->length);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, 0);
        close(descriptor);
        free(from);
        connections[descriptor] = 0;
        generations[descriptor]++;
        return;
    }
    from->length += got;
    serve(from);
}

static int listen_on(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (void *)&address, sizeof address) || listen(listener, 1024)) {
        perror("bind");
        exit(1);
    }
    return listener;
}

int main(int count, char **arguments) {
    int port = 8090, option;
    while ((option = getopt(count, arguments, "p:l:")) != -1) {
        if (option == 'p') port = atoi(optarg);
        if (option == 'l') latency = atoll(optarg) * 1000;
    }
    waiting = malloc(QUEUE * sizeof *waiting);
    next_id = (unsigned long)time(0) << 28; /* ids differ from those of any earlier run */
    poller = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    int listener = listen_on(port);
    watch(listener);
    watch(timer);
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor == listener) greet(listener);
            else if (descriptor == timer) answer_due();
            else read_from(descriptor);
        }
    }
}

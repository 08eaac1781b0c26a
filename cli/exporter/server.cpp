#include "cli/exporter/server.h"

#include <microhttpd.h>

#include <string_view>

namespace vgpu::exporter {
namespace {

constexpr unsigned kMostConnections = 32, kMostOfOneAddress = 16;
constexpr unsigned kSilence = 10;  // seconds

constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kTextType = "text/plain; charset=utf-8";

MHD_Result answer(MHD_Connection* connection, unsigned status, const char* type, const std::string& text) {
  const std::unique_ptr<MHD_Response, void (*)(MHD_Response*)> response(
      MHD_create_response_from_buffer(text.size(), const_cast<char*>(text.data()), MHD_RESPMEM_MUST_COPY),
      MHD_destroy_response);
  if (!response) return MHD_NO;
  MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_TYPE, type);
  return MHD_queue_response(connection, status, response.get());
}

// Called for the headers, for each piece of a body, and for the end of the request.
MHD_Result handle(void* context, MHD_Connection* connection, const char* path, const char* method, const char*,
                  const char*, std::size_t* body, void** state) {
  static char seen_headers;
  if (*state == nullptr) {
    *state = &seen_headers;
    return MHD_YES;
  }
  if (*body != 0) {
    *body = 0;
    return MHD_YES;
  }
  const std::string_view wanted(path), verb(method);
  if (verb != MHD_HTTP_METHOD_GET && verb != MHD_HTTP_METHOD_HEAD) {
    return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, kTextType, "only GET\n");
  }
  if (wanted == "/metrics") {
    return answer(connection, MHD_HTTP_OK, kMetricsType, (*static_cast<Server::MakeText*>(context))());
  }
  if (wanted == "/") return answer(connection, MHD_HTTP_OK, kTextType, "vgpu-exporter: /metrics\n");
  return answer(connection, MHD_HTTP_NOT_FOUND, kTextType, "there is /metrics\n");
}

}  // namespace

void Server::Stop::operator()(MHD_Daemon* daemon) const {
  MHD_stop_daemon(daemon);
}

Expected<Server> Server::start(FileDescriptor socket, MakeText make_text) {
  Server server;
  server.make_text_ = std::make_unique<MakeText>(std::move(make_text));
  // It closes the socket.
  server.daemon_.reset(MHD_start_daemon(
      MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, nullptr, nullptr, &handle, server.make_text_.get(),
      MHD_OPTION_LISTEN_SOCKET, socket.get(), MHD_OPTION_CONNECTION_LIMIT, kMostConnections,
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, kMostOfOneAddress, MHD_OPTION_CONNECTION_TIMEOUT, kSilence, MHD_OPTION_END));
  if (!server.daemon_) return failure("HTTP server: cannot be started");
  static_cast<void>(socket.release());
  return server;
}

}  // namespace vgpu::exporter

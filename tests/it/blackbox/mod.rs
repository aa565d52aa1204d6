//! The server seen from outside: through the docker command line, through a client library, and as bytes on a socket.

mod bad_input;
mod cli;
mod client;
mod crowd;
mod hijack;
mod images;
mod login;
mod process;
mod vanish;

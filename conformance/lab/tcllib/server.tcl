package require Tcl 8.6
package require websocket
::websocket::loglevel critical

# Reads the lines of a head, and upgrades the connection after the last one.
proc read_line {socket} {
  if {[gets $socket line] < 0} {
    if {[eof $socket]} { close $socket; unset ::head($socket) }
    return
  }
  if {$line ne ""} {
    lappend ::head($socket) $line
    return
  }
  fileevent $socket readable {}
  set lines $::head($socket)
  unset ::head($socket)
  upgrade $socket [lindex $lines 0 1] [lrange $lines 1 end]
}

proc upgrade {socket path lines} {
  set fields {}
  foreach line $lines {
    regexp {^([^:]*):(.*)$} $line -> name value
    lappend fields [string trim $name] [string trim $value]
  }
  # Without this field, version 1.21 raises an error.
  if {[lsearch -nocase $fields Sec-WebSocket-Protocol] < 0} { lappend fields Sec-WebSocket-Protocol {} }
  if {[catch {::websocket::test $::server $socket $path $fields} good] || !$good} {
    puts $socket "HTTP/1.1 400 Bad Request\nContent-Length: 0\nConnection: close\n"
    close $socket
    return
  }
  ::websocket::upgrade $socket
}

proc accept {socket address port} {
  fconfigure $socket -blocking 0 -translation crlf -encoding iso8859-1 -buffering none
  set ::head($socket) {}
  fileevent $socket readable [list read_line $socket]
}

proc echo {socket type message} {
  if {$type in {text binary}} { catch {::websocket::send $socket $type $message} }
}

proc bgerror {message} {}

set server [socket -server accept -myaddr 127.0.0.1 [lindex $argv 0]]
::websocket::server $server
::websocket::live $server * echo
vwait forever

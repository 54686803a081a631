# Reads URLs, one on each line, and echoes until each connection ends.
use Mojo::Base -strict, -signatures;
use Mojo::IOLoop;
use Mojo::IOLoop::Stream;
use Mojo::UserAgent;

my $agent = Mojo::UserAgent->new(inactivity_timeout => 3600);
my @subprotocols = split /,/, $ENV{WSSPEC_SUBPROTOCOLS} // '';

sub echo ($url) {
  my %fields = ('Sec-WebSocket-Extensions' => 'permessage-deflate');
  $agent->websocket($url => \%fields => \@subprotocols => sub ($agent, $tx) {
    return unless $tx->is_websocket;
    $tx->on(text   => sub ($tx, $bytes) { $tx->send({ text   => $bytes }) });
    $tx->on(binary => sub ($tx, $bytes) { $tx->send({ binary => $bytes }) });
  });
}

my $input = Mojo::IOLoop::Stream->new(\*STDIN)->timeout(0);
my $rest  = '';
$input->on(read => sub ($stream, $bytes) {
  $rest .= $bytes;
  echo($1) while $rest =~ s/^([^\n]*)\n//;
});
$input->on(close => sub { Mojo::IOLoop->stop });
Mojo::IOLoop->stream($input);
Mojo::IOLoop->start;

-module(echo).
-export([main/1, init/2, websocket_handle/2, websocket_info/2]).

main([Port]) ->
    {ok, _} = application:ensure_all_started(cowboy),
    Dispatch = cowboy_router:compile([{'_', [{"/[...]", ?MODULE, []}]}]),
    Listen = [{ip, {127, 0, 0, 1}}, {port, list_to_integer(Port)}],
    Options = #{env => #{dispatch => Dispatch}, enable_connect_protocol => true},
    {ok, _} = cowboy:start_clear(echo, Listen, Options),
    receive stop -> ok end.

init(Request, State) ->
    {cowboy_websocket, Request, State, #{compress => true, idle_timeout => infinity}}.

websocket_handle({text, _} = Frame, State) -> {reply, Frame, State};
websocket_handle({binary, _} = Frame, State) -> {reply, Frame, State};
websocket_handle(_, State) -> {ok, State}.

websocket_info(_, State) -> {ok, State}.

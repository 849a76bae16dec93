namespace RecordingService.Simulation;

/// <summary>The control API: what the library's objects do, over HTTP.</summary>
internal static class ControlEndpoints
{
    private const int LongestPage = 10_000;

    public static void MapControl(this IEndpointRouteBuilder routes, AgoraSimulator simulator)
    {
        var control = routes.MapGroup("/control");
        MapChannels(control.MapGroup("/channels"), simulator.Channels);
        MapFaults(control.MapGroup("/faults"), simulator.Faults);
        MapJournal(control.MapGroup("/journal"), simulator.Journal);

        control.MapGet("/uploads", () => simulator.Uploads);
        control.MapPut("/uploads", (UploadOptions uploads) => simulator.Uploads = uploads);
        control.MapGet("/scenarios", () => Scenario.All);
        control.MapPost(
            "/scenarios/{name}",
            IResult (string name, FaultMatch? match) =>
                Scenario.All.Any(scenario => scenario.Name == name)
                    ? Results.Ok(new { id = simulator.Faults.Add(name, match) })
                    : Results.NotFound()
        );
        MapNotifications(control.MapGroup("/notifications"), simulator);

        control.MapGet(
            "/hosts",
            () =>
                simulator.Listeners.Select(
                    (listener, index) =>
                        new
                        {
                            index,
                            address = listener.Address,
                            condition = listener.Condition,
                        }
                )
        );
        control.MapPut(
            "/hosts/{host:int}",
            async Task<IResult> (int host, HostCondition condition) =>
            {
                if (host < 0 || host >= simulator.Listeners.Count)
                {
                    return Results.NotFound();
                }

                await simulator.Faults.SetHostAsync(host, condition);
                return Results.NoContent();
            }
        );
        control.MapPost(
            "/recorders/{sid}/kill",
            (string sid) => simulator.Faults.KillRecorder(sid) ? Results.NoContent() : Results.NotFound()
        );
        control.MapPost(
            "/recorders/{sid}/move",
            (string sid, TimeSpan away) => simulator.Faults.MoveServer(sid, away) ? Results.NoContent() : Results.NotFound()
        );
        control.MapPost(
            "/recorders/{sid}/fail-page",
            (string sid, int code) => simulator.Faults.FailPage(sid, code) ? Results.NoContent() : Results.NotFound()
        );
        control.MapGet("/time", () => simulator.Time());
        control.MapPost("/reset", simulator.ResetAsync);
    }

    private static void MapChannels(RouteGroupBuilder routes, SimulatorChannels channels)
    {
        routes.MapGet("/{channel}/users", (string channel, string? appId) => channels.Users(channel, appId));
        routes.MapPut(
            "/{channel}/users/{uid}",
            (string channel, string uid, UserState state, string? appId) =>
                channels.Join(channel, new ChannelUser(uid, state.Role, state.Audio, state.Video), appId)
        );
        routes.MapDelete("/{channel}/users/{uid}", (string channel, string uid, string? appId) => channels.Leave(channel, uid, appId));
        routes.MapPut(
            "/{channel}/encryption",
            (string channel, ChannelEncryption encryption, string? appId) => channels.Encrypt(channel, encryption, appId)
        );
        routes.MapPost("/{channel}/script", (string channel, string? appId) => channels.Script(channel, appId));
    }

    private static void MapFaults(RouteGroupBuilder routes, SimulatorFaults faults)
    {
        routes.MapGet("/", () => faults.Active);
        routes.MapPost("/", (Fault fault) => new { id = faults.Add(fault) });
        routes.MapDelete("/", faults.Clear);
        routes.MapDelete("/{id}", (string id) => faults.Remove(id));
    }

    private static void MapNotifications(RouteGroupBuilder routes, AgoraSimulator simulator)
    {
        routes.MapGet("/", () => simulator.Notifications.Settings);
        routes.MapPut("/", (NotificationOptions settings) => simulator.Notifications.Settings = settings);
        routes.MapPost(
            "/",
            (CustomNotice notice, string? appId) => new { noticeId = simulator.Notifications.Send(appId ?? simulator.DefaultAppId, notice) }
        );
    }

    private static void MapJournal(RouteGroupBuilder routes, SimulatorJournal journal)
    {
        routes.MapGet(
            "/",
            (long after = 0, int limit = 1000) =>
            {
                var calls = journal.Calls(after, Math.Clamp(limit, 1, LongestPage));
                return new { calls, next = calls is [.., var last] ? last.Number : after };
            }
        );
        routes.MapGet(
            "/notifications",
            (long after = 0, int limit = 1000) =>
            {
                var notices = journal.Notices(after, Math.Clamp(limit, 1, LongestPage));
                return new { notices, next = notices is [.., var last] ? last.Number : after };
            }
        );
        routes.MapGet("/recorders", (string? channel, string? appId) => journal.Recorders(channel, appId));
        routes.MapGet("/orphans", journal.Orphans);
        routes.MapGet(
            "/channels/{channel}",
            (string channel, string? appId) =>
                new
                {
                    mostRecordersAtOnce = journal.MostRecordersAtOnce(channel, appId),
                    secondsPublished = journal.Published(channel, appId).TotalSeconds,
                    secondsRecorded = journal.Recorded(channel, appId).TotalSeconds,
                    secondsRecordedTwice = journal.RecordedTwice(channel, appId).TotalSeconds,
                    starts = journal.Recorders(channel, appId).CountBy(life => life.Uid).ToDictionary(),
                }
        );
        routes.MapGet("/projects/{appId}", (string appId) => new { mostCallsPerSecond = journal.MostCallsPerSecond(appId) });
    }

    /// <summary>What a user does in a channel.</summary>
    private sealed record UserState(ChannelRole Role = ChannelRole.Host, bool Audio = true, bool Video = true);
}

using System.Text.Json;

namespace RecordingService.Simulation;

/// <summary>Takes one call of the REST API from its arrival to its answer, through whatever fault is in force, and journals it.</summary>
internal sealed class AgoraEndpoint(
    SimulatorOptions options,
    Timeline timeline,
    AgoraGateway gateway,
    RecordingCloud cloud,
    SimulatorFaults faults,
    SimulatorJournal journal
)
{
    private const string JsonType = "application/json";

    public async Task HandleAsync(HttpContext context, int host, HostCondition condition)
    {
        var route = AgoraRoute.Read(context.Request.Method, context.Request.Path.Value);
        var call = new CallInProgress(timeline.Clock, route, host);
        try
        {
            await HandleAsync(context, call, condition);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller went away, or this host is being taken down.
        }
        finally
        {
            // The caller sees the end of its call only after this, so whoever has an answer finds it in the journal.
            var entry = call.Finish();
            if (entry is { AnswerLost: false, Status: < 300 } && call.Answer?.TellsSid is { } sid)
            {
                timeline.Now(_ => cloud.FindHere(sid)?.SidDelivered = true);
            }

            journal.Add(entry);
            if (call.IsCut)
            {
                context.Abort();
            }
        }
    }

    private async Task HandleAsync(HttpContext context, CallInProgress call, HostCondition condition)
    {
        switch (condition.State)
        {
            case HostState.Silent:
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
                break;
            case HostState.Resetting:
                call.IsCut = true;
                break;
            case HostState.Failing:
                await AnswerAsync(context, call, AgoraAnswer.Gateway(condition.Status, "injected"));
                break;
            case HostState.Healthy:
            case HostState.Refusing:
                await PerformAsync(context, call);
                break;
        }
    }

    private async Task PerformAsync(HttpContext context, CallInProgress call)
    {
        if (call.Route is not { } route)
        {
            await AnswerAsync(context, call, AgoraAnswer.Gateway(404, "no Route matched with those values"));
            return;
        }

        if (gateway.Refuse(route.AppId, context.Request.Headers.Authorization, out var project) is { } refusal)
        {
            var seconds = refusal.Status == 429 ? options.OpenPoints.RetryAfterSeconds : null;
            await AnswerAsync(context, call, refusal with { RetryAfterSeconds = seconds });
            return;
        }

        var (body, malformed) = await ReadBodyAsync(context.Request, route);
        call.Task =
            route.Operation == AgoraOperation.Query ? cloud.Find(route.Sid)?.Task.Request.Task ?? call.Task : TaskIdentity.Glance(body);
        var strike = faults.Strike(route, call.Task, call.Host);
        call.Fault = strike?.Id;
        var fault = strike?.Fault ?? new Fault();

        await WaitAsync(fault.DelayBefore, context.RequestAborted);
        await HoldAsync(FaultHold.BeforePerforming);
        Disturb(fault, route.Sid);
        var answer = fault.Perform
            ? malformed ?? await PerformAsync(project, route, body, context.RequestAborted)
            : new AgoraAnswer(200, null);
        call.Performed = fault.Perform;
        call.Answer = answer;
        if (route.Operation == AgoraOperation.Start && answer.TellsSid is { } sid)
        {
            Disturb(fault, sid);
            if (fault.Reject is { } rejection)
            {
                faults.Reject(sid, rejection);
            }
        }

        if (fault.Silent)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        }

        await WaitAsync(fault.DelayAfter, context.RequestAborted);
        await HoldAsync(FaultHold.BeforeAnswering);
        if (fault.Cut)
        {
            call.IsCut = true;
            return;
        }

        if (fault.Status is { } status)
        {
            answer = new AgoraAnswer(status, AgoraAnswer.Fill(fault.Body, call.Task, route.ResourceId, route.Sid))
            {
                RetryAfterSeconds = fault.RetryAfterSeconds,
            };
        }
        await AnswerAsync(context, call, answer);

        Task HoldAsync(FaultHold where) =>
            strike is not null && fault.Hold == where ? faults.HoldAsync(strike.Id, context.RequestAborted) : Task.CompletedTask;
    }

    private async Task<AgoraAnswer> PerformAsync(
        SimulatedProject project,
        AgoraRoute route,
        JsonElement body,
        CancellationToken cancellationToken
    )
    {
        var reader = new BodyReader($"{route.Operation}");
        switch (route.Operation)
        {
            case AgoraOperation.Acquire:
                var acquire = AcquireRequest.Read(reader, body);
                var isNameValid = acquire.Scene == 1 || TaskIdentity.IsChannelName(acquire.Task.Channel);
                return Violation(reader)
                    ?? (isNameValid ? cloud.Acquire(project, acquire) : AgoraAnswer.Error(400, 401, "invalid_channel_name"));
            case AgoraOperation.Start:
                var start = StartRequest.Read(reader, body, route.Mode, options.OpenPoints);
                reader.Require(route.Mode is AgoraRoute.Mix or AgoraRoute.Individual or AgoraRoute.Web, "invalid mode");
                return Violation(reader) ?? cloud.Start(project, route.ResourceId, start);
            case AgoraOperation.Stop:
                var stop = StopRequest.Read(reader, body);
                return Violation(reader) ?? await cloud.StopAsync(route, stop, cancellationToken);
            case AgoraOperation.Update:
                var update = UpdateRequest.Read(reader, body, route.Mode);
                return Violation(reader) ?? cloud.Update(route, update);
            case AgoraOperation.UpdateLayout:
                var task = TaskIdentity.Read(reader, body);
                reader.Require(route.Mode == AgoraRoute.Mix, "updateLayout is for mode mix");
                var layoutReader = new BodyReader($"{route.Operation}");
                var layout = Layout.Read(layoutReader, layoutReader.Object(body, "clientRequest"));
                return Violation(reader)
                    ?? Violation(layoutReader, options.OpenPoints.LayoutErrorCode)
                    ?? cloud.UpdateLayout(route, task, layout);
            case AgoraOperation.Query:
                await cloud.StoredAsync(route.Sid, cancellationToken);
                return cloud.Query(route);
            case AgoraOperation.Unknown:
            default:
                throw new ArgumentOutOfRangeException(nameof(route));
        }
    }

    private static AgoraAnswer? Violation(BodyReader reader, int code = 2) =>
        reader.Violation is { } violation ? AgoraAnswer.Error(400, code, violation) : null;

    private static async Task<(JsonElement Body, AgoraAnswer? Malformed)> ReadBodyAsync(HttpRequest request, AgoraRoute route)
    {
        if (route.Operation == AgoraOperation.Query)
        {
            return default;
        }

        if (request.ContentType?.StartsWith(JsonType, StringComparison.OrdinalIgnoreCase) != true)
        {
            return (default, AgoraAnswer.Error(400, 8, "Content-Type is not application/json"));
        }

        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, default, request.HttpContext.RequestAborted);
            return (document.RootElement.Clone(), null);
        }
        catch (JsonException)
        {
            return (default, AgoraAnswer.Error(400, 8, "the body is not JSON"));
        }
    }

    private void Disturb(Fault fault, string sid)
    {
        if (fault.KillRecorder)
        {
            faults.KillRecorder(sid);
        }

        if (fault.MoveServer is { } away)
        {
            faults.MoveServer(sid, away);
        }
    }

    private async Task WaitAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        if (delay > TimeSpan.Zero)
        {
            await timeline.Clock.WaitUntilAsync(timeline.Clock.Now + delay, cancellationToken);
        }
    }

    private static async Task AnswerAsync(HttpContext context, CallInProgress call, AgoraAnswer answer)
    {
        call.Answer = answer;
        var response = context.Response;
        response.StatusCode = answer.Status;
        if (answer.RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = $"{seconds}";
        }

        // Without a length the body ends when the handler returns, not here.
        await response.WriteAsJsonAsync(answer.Body ?? new System.Text.Json.Nodes.JsonObject(), context.RequestAborted);
        call.IsDelivered = !context.RequestAborted.IsCancellationRequested;
    }
}

using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using RecordingService.Domain;
using RecordingService.Domain.RoomTypes;
using RecordingService.Infrastructure.Agora.Wire;
using RecordingService.Infrastructure.Storage;

namespace RecordingService.Infrastructure.Agora;

/// <summary>Agora Cloud Recording over REST.</summary>
internal sealed class AgoraRestClient(
    AgoraProjects projects,
    StorageProfiles storageProfiles,
    AgoraTransport transport,
    StorageAreaOf areaOf,
    RecordingNow recordingNow,
    TimeProvider time,
    ILogger<AgoraRestClient> logger
) : IAgora
{
    /// <summary>Written exactly so: older gateways answer a differently spelled type with "Invalid authentication credentials".</summary>
    private const string JsonContentType = "application/json;charset=utf-8";

    public Task<AgoraResult<AcquiredResource>> AcquireAsync(AcquireCall call, CancellationToken cancellationToken) =>
        WithProjectAsync(
            call.Project,
            project =>
                CallAsync(
                    new Exchange(
                        AgoraOperation.Acquire,
                        project,
                        call.StorageProfile,
                        "acquire",
                        RequestBodies.Acquire(call),
                        project.Scrubber
                    ),
                    body => new AcquiredResource(body.ResourceId!),
                    cancellationToken
                )
        );

    public Task<AgoraResult<StartedRecorder>> StartAsync(StartCall call, CancellationToken cancellationToken) =>
        WithProjectAsync(
            call.Project,
            project =>
                WithStorageAsync(
                    call.Parameters.StorageProfile,
                    storage =>
                        TokenFault(project, call.Parameters) is { } fault ? NotMade<StartedRecorder>(AgoraFailureKind.InvalidRequest, fault)
                        : !project.TryFindChannelKey(call.Parameters.Encryption, out var channelKey)
                            ? Misconfigured<StartedRecorder>(
                                $"Channel key '{call.Parameters.Encryption!.Key}' is not configured for Agora project '{project.Name}'."
                            )
                        : CallAsync(
                            new Exchange(
                                AgoraOperation.Start,
                                project,
                                call.Parameters.StorageProfile,
                                $"resourceid/{Escaped(call.ResourceId)}/mode/{PathOf(call.Parameters.Mode)}/start",
                                RequestBodies.Start(call, project.MintToken(call), channelKey, storage),
                                project.ScrubberWith(storage)
                            ),
                            body => new StartedRecorder(body.Sid!),
                            cancellationToken
                        )
                )
        );

    public Task<AgoraResult<RecorderStatus>> QueryAsync(RecorderCall call, CancellationToken cancellationToken) =>
        WithProjectAsync(
            call.Project,
            project =>
                CallAsync(
                    new Exchange(AgoraOperation.Query, project, call.StorageProfile, $"{PathOf(call)}/query", null, project.Scrubber),
                    body => new RecorderStatus(body.Status!.Value, body.Files, body.FirstSliceAt),
                    cancellationToken
                )
        );

    public Task<AgoraResult<UpdatedRecorder>> UpdateLayoutAsync(RecorderCall call, MixLayout layout, CancellationToken cancellationToken) =>
        WithProjectAsync(
            call.Project,
            project =>
                CallAsync(
                    new Exchange(
                        AgoraOperation.UpdateLayout,
                        project,
                        call.StorageProfile,
                        $"{PathOf(call)}/updateLayout",
                        RequestBodies.UpdateLayout(call, layout),
                        project.Scrubber
                    ),
                    _ => new UpdatedRecorder(),
                    cancellationToken
                )
        );

    public Task<AgoraResult<UpdatedRecorder>> UpdateSubscriptionAsync(
        RecorderCall call,
        Subscription subscription,
        CancellationToken cancellationToken
    ) =>
        WithProjectAsync(
            call.Project,
            project =>
                CallAsync(
                    new Exchange(
                        AgoraOperation.Update,
                        project,
                        call.StorageProfile,
                        $"{PathOf(call)}/update",
                        RequestBodies.UpdateSubscription(call, subscription),
                        project.Scrubber
                    ),
                    _ => new UpdatedRecorder(),
                    cancellationToken
                )
        );

    public Task<AgoraResult<UpdatedRecorder>> RenewStorageAsync(
        RecorderCall call,
        IReadOnlyList<string> fileNamePrefix,
        CancellationToken cancellationToken
    ) =>
        WithProjectAsync(
            call.Project,
            project =>
                WithStorageAsync(
                    call.StorageProfile,
                    storage =>
                        CallAsync(
                            new Exchange(
                                AgoraOperation.Update,
                                project,
                                call.StorageProfile,
                                $"{PathOf(call)}/update",
                                RequestBodies.RenewStorage(call, storage, fileNamePrefix),
                                project.ScrubberWith(storage)
                            ),
                            _ => new UpdatedRecorder(),
                            cancellationToken
                        )
                )
        );

    public Task<AgoraResult<StoppedRecorder>> StopAsync(RecorderCall call, CancellationToken cancellationToken) =>
        WithProjectAsync(
            call.Project,
            project =>
                CallAsync(
                    new Exchange(
                        AgoraOperation.Stop,
                        project,
                        call.StorageProfile,
                        $"{PathOf(call)}/stop",
                        RequestBodies.Stop(call),
                        project.Scrubber
                    ),
                    body => new StoppedRecorder(body.Upload, body.Files),
                    cancellationToken
                )
        );

    private Task<AgoraResult<T>> WithProjectAsync<T>(string name, Func<AgoraProject, Task<AgoraResult<T>>> call)
        where T : class =>
        projects.Find(name) is { } project ? call(project) : Misconfigured<T>($"Agora project '{name}' is not configured.");

    private Task<AgoraResult<T>> WithStorageAsync<T>(string name, Func<StorageProfile, Task<AgoraResult<T>>> call)
        where T : class =>
        storageProfiles.Find(name) is { } storage ? call(storage) : Misconfigured<T>($"Storage profile '{name}' is not configured.");

    /// <summary>Why the token of a start could not let the recorder in; null when it could, or none is needed.</summary>
    private string? TokenFault(AgoraProject project, StartParameters parameters)
    {
        if (!project.HasCertificate || parameters.Mode == RecordingMode.WebPage)
        {
            return null;
        }

        if (parameters.TokenLifetime < TimeSpan.FromSeconds(1) || parameters.TokenLifetime > RtcToken.LongestLifetime)
        {
            return $"A token cannot live for {parameters.TokenLifetime}; Agora takes 1 s to {RtcToken.LongestLifetime}.";
        }

        var expiry = parameters.TokenIssuedAt + parameters.TokenLifetime;
        return recordingNow() >= expiry
            ? $"The recorder's token expired at {expiry.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}, before the start; tokens cannot be renewed."
            : null;
    }

    /// <summary>A recording can outlive its configuration, so this is an outcome, not a bug.</summary>
    private static Task<AgoraResult<T>> Misconfigured<T>(string message)
        where T : class => NotMade<T>(AgoraFailureKind.ProjectMisconfigured, message);

    private static Task<AgoraResult<T>> NotMade<T>(AgoraFailureKind kind, string message)
        where T : class =>
        Task.FromResult(new AgoraResult<T>(null, new AgoraFailure(kind, message), new AgoraExchange("", null, null, null, TimeSpan.Zero)));

    private async Task<AgoraResult<T>> CallAsync<T>(Exchange exchange, Func<AnswerBody, T> read, CancellationToken cancellationToken)
        where T : class
    {
        var (operation, project) = (exchange.Operation, exchange.Project);
        var area = areaOf(exchange.StorageProfile);
        var hosts = project.HostsFor(area);
        var turn = hosts.Next();
        var began = time.GetTimestamp();
        var reply = await transport.SendAsync(operation, () => Request(exchange, turn.Host), cancellationToken).ConfigureAwait(false);
        var body = reply.Progress == Progress.Answered ? AnswerBody.Read(reply.Body) : AnswerBody.Unreadable;
        var facts = new AgoraExchange(turn.Host.Authority, reply.Status, body.Code, reply.RequestId, time.GetElapsedTime(began));

        var isSuccess = reply.Progress == Progress.Answered && FailureClassifier.IsSuccess(operation, reply.Status!.Value, body);
        var failure = isSuccess ? null : FailureOf(exchange, reply, body);
        if (hosts.Report(turn, OutcomeOf(reply, failure?.Kind)) is { } move)
        {
            LogMove(project, area, move);
        }

        Count(operation, project, failure?.Kind);
        if (failure is not null)
        {
            logger.CallFailed(operation, project.Name, facts.Host, failure.Kind, failure.Message, facts.RequestId, facts.Duration);
            return new AgoraResult<T>(null, failure, facts);
        }

        logger.CallSucceeded(operation, project.Name, facts.Host, facts.HttpStatus, facts.RequestId, facts.Duration);
        return new AgoraResult<T>(read(body), null, facts);
    }

    private void Count(AgoraOperation operation, AgoraProject project, AgoraFailureKind? failure)
    {
        Telemetry.AgoraCalls.Add(
            1,
            new KeyValuePair<string, object?>("project", project.Name),
            new KeyValuePair<string, object?>("operation", operation.ToString()),
            new KeyValuePair<string, object?>("outcome", failure?.ToString() ?? "Ok")
        );
        switch (project.ServerErrors.Count(failure == AgoraFailureKind.ServerError))
        {
            case true:
                logger.ServerErrorsAlarming(project.Name, project.ServerErrors.Share);
                break;
            case false:
                logger.ServerErrorsNormal(project.Name, project.ServerErrors.Share);
                break;
        }
    }

    private static AgoraFailure FailureOf(Exchange exchange, Reply reply, AnswerBody body)
    {
        switch (reply)
        {
            case { Progress: Progress.NotSent }:
                return new AgoraFailure(AgoraFailureKind.NotSent, $"{reply.Problem}; the request was not sent.");
            case { Progress: Progress.Unanswered, Status: not (401 or 403 or 429 or >= 500) }:
                return new AgoraFailure(AgoraFailureKind.Unanswered, $"{reply.Problem}.");
            default:
                // Of an answer whose body was cut, only these statuses say by themselves what it was.
                var (kind, message) = FailureClassifier.Classify(exchange.Operation, reply.Status!.Value, body, exchange.Scrubber.Scrub);
                return new AgoraFailure(kind, message, reply.RetryAfter, body.Files is { Count: > 0 } files ? files : null);
        }
    }

    private static HostOutcome OutcomeOf(Reply reply, AgoraFailureKind? failure) =>
        failure switch
        {
            AgoraFailureKind.NotSent when reply.NameUnresolved => HostOutcome.NotResolved,
            AgoraFailureKind.NotSent or AgoraFailureKind.Unanswered => HostOutcome.Unreachable,
            AgoraFailureKind.ServerError => HostOutcome.Troubled,
            _ => HostOutcome.Worked,
        };

    private void LogMove(AgoraProject project, string? area, HostMove move)
    {
        if (move.LeavesRegion)
        {
            logger.RegionLeft(project.Name, area, move.From.Authority, move.To.Authority);
        }
        else
        {
            logger.HostLeft(project.Name, move.From.Authority, move.To.Authority);
        }
    }

    private static HttpRequestMessage Request(Exchange exchange, Uri host)
    {
        var request = new HttpRequestMessage(
            exchange.Body is null ? HttpMethod.Get : HttpMethod.Post,
            new Uri(host, $"/v1/apps/{exchange.Project.AppId}/cloud_recording/{exchange.Path}")
        );
        request.Headers.Authorization = exchange.Project.Authorization;
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (exchange.Body is { } body)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", JsonContentType);
        }

        return request;
    }

    private static string PathOf(RecorderCall call) =>
        $"resourceid/{Escaped(call.ResourceId)}/sid/{Escaped(call.Sid)}/mode/{PathOf(call.Mode)}";

    private static string PathOf(RecordingMode mode) =>
        mode switch
        {
            RecordingMode.Mix => "mix",
            RecordingMode.Individual => "individual",
            RecordingMode.WebPage => "web",
        };

    private static string Escaped(string segment) => Uri.EscapeDataString(segment);

    /// <summary>One call; a null body makes it a GET.</summary>
    private sealed record Exchange(
        AgoraOperation Operation,
        AgoraProject Project,
        string StorageProfile,
        string Path,
        byte[]? Body,
        SecretScrubber Scrubber
    );
}

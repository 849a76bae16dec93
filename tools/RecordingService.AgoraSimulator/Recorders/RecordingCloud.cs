using System.Text.Json;
using System.Text.Json.Nodes;

namespace RecordingService.Simulation;

/// <summary>The service behind the gateway: resources and recorders of all projects, and what the calls do to them.</summary>
internal sealed class RecordingCloud(
    SimulatorOptions options,
    Timeline timeline,
    SimulatorChannels channels,
    IBucketStore store,
    SimulatorJournal journal,
    SimulatorNotifications notifications
)
{
    private const long PageScene = 1;

    private readonly SeededIds ids = new(options.Seed);
    private readonly Dictionary<string, Resource> resources = [];
    private readonly Dictionary<string, Recorder> recorders = [];
    private readonly Dictionary<(string AppId, TaskIdentity Task), int> acquired = [];

    public AgoraAnswer Acquire(SimulatedProject project, AcquireRequest request) =>
        timeline.Now(now =>
        {
            var isPage = request.Scene == PageScene;
            var alive = Alive(project.AppId).Count(recorder => recorder.Task.Request.Page is not null == isPage);
            if (alive >= (isPage ? project.ConcurrentPages : project.ConcurrentTasks))
            {
                return AgoraAnswer.Error(400, 406, "vendor_over_load");
            }

            var nth = acquired[(project.AppId, request.Task)] = acquired.GetValueOrDefault((project.AppId, request.Task)) + 1;
            var resource = new Resource(
                ids.ResourceId(project.AppId, request.Task.Channel, request.Task.Uid, nth),
                project.AppId,
                request,
                now
            );
            resources.Add(resource.Id, resource);
            return AgoraAnswer.Success(request.Task, resource.Id);
        });

    public AgoraAnswer Start(SimulatedProject project, string resourceId, StartRequest request) =>
        timeline.Now(now => RefuseStart(project, resourceId, request, now) ?? Start(project, resources[resourceId], request, now));

    public AgoraAnswer Query(AgoraRoute route) =>
        timeline.Now(now =>
        {
            if (Refuse(route, null, now) is { } refusal)
            {
                return refusal;
            }

            var recorder = recorders[route.Sid];
            var answer = () => Success(recorder, RecorderFiles.OfQuery(recorder, recorder.Status(now), options.OpenPoints));
            var exits = !recorder.IsAlive && recorder.WhyEnded != RecorderEnd.Killed;
            return (exits, options.OpenPoints.QueryWhileExiting) switch
            {
                (false, _) or (true, QueryWhileExiting.Status) => answer(),
                (true, QueryWhileExiting.Code501) => AgoraAnswer.Error(400, 501, "service exiting"),
                (true, _) => WorkerNotFound(route),
            };
        });

    public AgoraAnswer Update(AgoraRoute route, UpdateRequest request) =>
        Change(route, request.Task, (recorder, now) => recorder.Update(now, request));

    public AgoraAnswer UpdateLayout(AgoraRoute route, TaskIdentity task, JsonObject layout) =>
        Change(route, task, (recorder, _) => recorder.Layout = layout);

    /// <summary>Waits until the files that a query would name are in a real bucket, if they go to one.</summary>
    public Task StoredAsync(string sid, CancellationToken cancellationToken) =>
        timeline.Now(_ => FindHere(sid)?.Files.Stored ?? Task.CompletedTask).WaitAsync(cancellationToken);

    /// <summary>Stops a recorder; a synchronous stop answers when the files are in the bucket.</summary>
    public async Task<AgoraAnswer> StopAsync(AgoraRoute route, StopRequest request, CancellationToken cancellationToken)
    {
        var (answer, uploadedAt, stoppedAt) = timeline.Now(now =>
            (Stop(route, request, now), recorders.GetValueOrDefault(route.Sid)?.UploadedAt, now)
        );
        if (request.Async || answer.Status != 200 || uploadedAt is not { } uploaded)
        {
            return answer;
        }

        var limit = stoppedAt + options.SyncStopLimit;
        await timeline.Clock.WaitUntilAsync(uploaded < limit ? uploaded : limit, cancellationToken);
        await StoredAsync(route.Sid, cancellationToken);
        return uploaded <= limit ? answer : AgoraAnswer.Error(options.OpenPoints.UploadTimeoutStatus, 50, "upload timeout");
    }

    public Recorder? Find(string sid) => timeline.Now(_ => FindHere(sid));

    /// <summary>The same for who is inside the timeline already.</summary>
    public Recorder? FindHere(string sid) => recorders.GetValueOrDefault(sid);

    public void Clear()
    {
        resources.Clear();
        recorders.Clear();
        acquired.Clear();
    }

    private AgoraAnswer Change(AgoraRoute route, TaskIdentity task, Action<Recorder, DateTimeOffset> change) =>
        timeline.Now(now =>
        {
            if (Refuse(route, task, now) is { } refusal)
            {
                return refusal;
            }

            var recorder = recorders[route.Sid];
            if (!recorder.IsAlive)
            {
                return WorkerNotFound(route);
            }

            change(recorder, now);
            return AgoraAnswer.Success(task, route.ResourceId, route.Sid);
        });

    private AgoraAnswer Stop(AgoraRoute route, StopRequest request, DateTimeOffset now)
    {
        if (Refuse(route, request.Task, now) is { } refusal)
        {
            return refusal;
        }

        var recorder = recorders[route.Sid];
        if (!recorder.IsAlive)
        {
            return AgoraAnswer.AlreadyExiting(
                recorder.Task.Request.Task,
                route.ResourceId,
                route.Sid,
                RecorderFiles.LastPlaylistKey(recorder)
            );
        }

        recorder.End(now, RecorderEnd.Stopped);
        return recorder.Files.HasRecorded
            ? Success(recorder, RecorderFiles.OfStop(recorder, request.Async, options.OpenPoints))
            : AgoraAnswer.Error(206, 435, "no recorded data");
    }

    private AgoraAnswer? RefuseStart(SimulatedProject project, string resourceId, StartRequest request, DateTimeOffset now)
    {
        if (!SeededIds.IsResourceId(resourceId))
        {
            return AgoraAnswer.Error(400, 1001, "resourceId cannot be decoded");
        }

        // One that an earlier process gave out has expired by now.
        if (!resources.TryGetValue(resourceId, out var resource))
        {
            return AgoraAnswer.Error(400, 433, "resource expired");
        }

        if (resource.AppId != project.AppId)
        {
            return AgoraAnswer.Error(400, 1003, "appid does not match resourceId");
        }

        if (resource.Request.Task != request.Task)
        {
            return AgoraAnswer.Error(400, options.OpenPoints.MismatchCode, "cname or uid does not match resourceId");
        }

        if (resource.Recorder is { } started)
        {
            return AlreadyStarted(started);
        }

        if (now > resource.AcquiredAt + options.ResourceLifetime)
        {
            return AgoraAnswer.Error(400, 433, "resource expired");
        }

        var isPage = request.Page is not null;
        if (options.OpenPoints.SceneMustMatchMode && isPage != (resource.Request.Scene == PageScene))
        {
            return AgoraAnswer.Error(400, 2, "scene does not match mode");
        }

        var promised = resource.Request.StartParameter;
        if (promised.ValueKind == JsonValueKind.Object && !JsonElement.DeepEquals(promised, request.ClientRequest))
        {
            return AgoraAnswer.Error(400, 2, "request_hash mismatch!");
        }

        return Alive(project.AppId).Any(recorder => recorder.Task.Request.Task == request.Task)
            ? AgoraAnswer.Error(400, 53, "task conflict")
            : null;
    }

    private AgoraAnswer Start(SimulatedProject project, Resource resource, StartRequest request, DateTimeOffset now)
    {
        var token = request.Token is { Length: > 0 } text ? RtcToken.Parse(text) : null;
        var needsToken = !string.IsNullOrEmpty(project.Certificate);
        var task = new RecorderTask(
            request,
            project.AppId,
            resource.Id,
            ids.Sid(resource.Id),
            needsToken && request.Page is null ? token?.ExpiresAt : null,
            FindFlaw(project, request, token, now)
        );
        var recorder = new Recorder(task, ChannelOf(project, request), timeline, store, ids, options, notifications, now);
        resource.Recorder = recorder;
        _ = CheckStorageAsync(recorder);
        recorders.Add(task.Sid, recorder);
        journal.Add(recorder);
        return AgoraAnswer.Success(request.Task, resource.Id, task.Sid);
    }

    private async Task CheckStorageAsync(Recorder recorder)
    {
        if (recorder.Files.Upload is { } upload && !await Task.Run(() => upload.IsOpenAsync(CancellationToken.None)))
        {
            timeline.Now(now => recorder.Reject(now, RecorderFlaw.Storage));
        }
    }

    /// <summary>The channel of a page is only a label: nobody else is in it.</summary>
    private Channel ChannelOf(SimulatedProject project, StartRequest request) =>
        request.Page is null ? channels.Find(project.AppId, request.Task.Channel) : new Channel(project.AppId, request.Task.Channel);

    private RecorderFlaw? FindFlaw(SimulatedProject project, StartRequest request, RtcToken? token, DateTimeOffset now)
    {
        var (bucket, accessKey, secretKey) = (request.Storage.Bucket, request.Storage.AccessKey, request.Storage.SecretKey);
        // A real store is asked, which takes its time.
        if (
            request.Storage.Endpoint is null
            && !options.Buckets.Any(known => known.Name == bucket && known.AccessKey == accessKey && known.SecretKey == secretKey)
        )
        {
            return RecorderFlaw.Storage;
        }

        if (!request.HasValidTranscoding)
        {
            return RecorderFlaw.Transcoding;
        }

        if (string.IsNullOrEmpty(project.Certificate) || request.Page is not null)
        {
            return null;
        }

        if (string.IsNullOrEmpty(request.Token))
        {
            return RecorderFlaw.TokenMissing;
        }

        var isGenuine = token?.IsFor(project.AppId, project.Certificate, request.Task.Channel, request.Task.Uid) == true;
        return !isGenuine ? RecorderFlaw.TokenInvalid
            : token!.ExpiresAt <= now ? RecorderFlaw.TokenOver
            : null;
    }

    /// <summary>What keeps a call from reaching the recorder of its path.</summary>
    private AgoraAnswer? Refuse(AgoraRoute route, TaskIdentity? task, DateTimeOffset now)
    {
        if (!SeededIds.IsResourceId(route.ResourceId))
        {
            return AgoraAnswer.Error(400, 1001, "resourceId cannot be decoded");
        }

        var resource = resources.GetValueOrDefault(route.ResourceId);
        if (resource is not null && (resource.AppId != route.AppId || resource.Recorder?.Task.Sid != route.Sid))
        {
            return AgoraAnswer.Error(400, 1003, "appid or sid does not match resourceId");
        }

        if (resource?.Recorder is not { } recorder)
        {
            return WorkerNotFound(route);
        }

        if (recorder.Task.Request.Mode != route.Mode)
        {
            return AgoraAnswer.Error(400, 2, "invalid mode");
        }

        if (task is not null && recorder.Task.Request.Task != task)
        {
            return AgoraAnswer.Error(400, options.OpenPoints.MismatchCode, "cname or uid does not match resourceId");
        }

        if (now > recorder.StartedAt + resource.Request.ControlLifetime)
        {
            return AgoraAnswer.Error(400, 433, "resource expired");
        }

        return recorder.HasMoved || now >= recorder.GoneAt ? WorkerNotFound(route) : null;
    }

    private AgoraAnswer AlreadyStarted(Recorder recorder)
    {
        var answer = AgoraAnswer.Error(201, 7, "already started");
        if (!options.OpenPoints.AlreadyStartedCarriesIds)
        {
            return answer;
        }

        answer.Body!["resourceId"] = recorder.Task.ResourceId;
        answer.Body["sid"] = recorder.Task.Sid;
        return answer with { TellsSid = recorder.Task.Sid };
    }

    private AgoraAnswer WorkerNotFound(AgoraRoute route)
    {
        var known = recorders.GetValueOrDefault(route.Sid)?.Task.Request.Task ?? new TaskIdentity("", "");
        return AgoraAnswer.WorkerNotFound(route.Operation, known, route.ResourceId, route.Sid);
    }

    private static AgoraAnswer Success(Recorder recorder, JsonObject serverResponse) =>
        AgoraAnswer.Success(recorder.Task.Request.Task, recorder.Task.ResourceId, recorder.Task.Sid, serverResponse);

    private IEnumerable<Recorder> Alive(string appId) =>
        recorders.Values.Where(recorder => recorder.IsAlive && recorder.Task.AppId == appId);

    /// <summary>What acquire gave out; good for one start.</summary>
    private sealed record Resource(string Id, string AppId, AcquireRequest Request, DateTimeOffset AcquiredAt)
    {
        public Recorder? Recorder { get; set; }
    }
}

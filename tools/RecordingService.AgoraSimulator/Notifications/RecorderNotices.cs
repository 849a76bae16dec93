using System.Text.Json.Nodes;

namespace RecordingService.Simulation;

/// <summary>Tells the customer what happens to one recorder. All methods run inside the <see cref="Timeline"/>.</summary>
internal sealed class RecorderNotices(SimulatorNotifications to, OpenPointOptions openPoints, RecorderTask task)
{
    private const int FatalError = 5;
    private const int StartTimeout = 52;
    private const int CapabilityLimit = 2;
    private const int LoadTimeout = 4;
    private const int Complete = 10_000;

    private static readonly string[] PageCodes =
    [
        "ok",
        "max_recording_hour",
        "capability_limit",
        "start_engine_failed",
        "page_load_timeout",
        "access_url_failed",
        "recorder_error",
    ];

    private int sequence;

    private enum Service
    {
        Cloud = 0,
        Recorder = 1,
        Uploader = 2,
        Web = 6,
        Downloader = 8,
    }

    /// <summary>Uid in the payloads; another one after a server move.</summary>
    public string Uid { get; set; } = task.Request.Task.Uid;

    public void RecorderStarted(DateTimeOffset at) => Emit(at, 40, Service.Recorder, "recorder_started", new() { ["status"] = 0 });

    public void UploaderStarted(DateTimeOffset at)
    {
        Emit(at, 30, Service.Uploader, "uploader_started", new() { ["status"] = 0 });
        Status(at, 3, "");
    }

    public void Joined(DateTimeOffset at)
    {
        Status(at, 4, "");
        if (to.SettingsHere.Registered)
        {
            Emit(at, 13, Service.Cloud, "high_availability_registered", []);
        }
    }

    public void MovedTo(DateTimeOffset at, string uid)
    {
        Uid = uid;
        Emit(
            at,
            12,
            Service.Cloud,
            "session_failover",
            new() { ["newUid"] = uint.Parse(uid, System.Globalization.CultureInfo.InvariantCulture) }
        );
    }

    public void Status(DateTimeOffset at, int status, string fileList)
    {
        var mode = task.Request.IsIndividual ? 1 - openPoints.MixRecordingMode : openPoints.MixRecordingMode;
        Emit(
            at,
            3,
            Service.Cloud,
            "cloud_recording_status_update",
            new()
            {
                ["status"] = status,
                ["recordingMode"] = mode,
                ["fileList"] = fileList,
            }
        );
    }

    public void TrackStarted(DateTimeOffset at, TrackKey key, DateTimeOffset? interruptedAt)
    {
        var details = new JsonObject
        {
            ["startUtcMs"] = at.ToUnixTimeMilliseconds(),
            ["discontinueUtcMs"] = (interruptedAt ?? at).ToUnixTimeMilliseconds(),
            ["mixedAllUser"] = key.Uid is null,
            ["streamUid"] = key.Uid ?? "0",
            ["trackType"] = key.TrackType,
        };
        Emit(at, 42, Service.Recorder, "recorder_slice_start", details);
    }

    public void StreamChanged(DateTimeOffset at, string uid, bool isVideo, bool isReceived)
    {
        var name = $"recorder_{(isVideo ? "video" : "audio")}_stream_state_changed";
        var details = new JsonObject
        {
            ["streamUid"] = uid,
            ["state"] = isReceived ? 0 : 1,
            ["UtcMs"] = at.ToUnixTimeMilliseconds(),
        };
        Emit(at, isVideo ? 44 : 43, Service.Recorder, name, details);
    }

    public void FirstFile(DateTimeOffset at, string playlist)
    {
        Emit(at, 4, Service.Cloud, "cloud_recording_file_infos", new() { ["fileList"] = playlist });
        Status(at, 5, playlist);
    }

    /// <param name="at">When.</param>
    /// <param name="share">Share of the recorded seconds that is uploaded.</param>
    public void Progress(DateTimeOffset at, double share) =>
        Emit(at, 33, Service.Uploader, "uploading_progress", new() { ["progress"] = (int)(Complete * share) });

    /// <summary>A recorder that had been in the channel left it.</summary>
    public void Left(DateTimeOffset at, RecorderEnd why)
    {
        if (why == RecorderEnd.TokenExpired)
        {
            Error(at, RecorderFlaw.TokenExpired);
        }

        var leaveCode = why switch
        {
            RecorderEnd.Stopped => openPoints.StopLeaveCode,
            RecorderEnd.Idle => 4,
            _ => openPoints.KickLeaveCode,
        };
        Emit(at, 41, Service.Recorder, "recorder_leave", new() { ["leaveCode"] = leaveCode });
        Status(at, 6, "");
    }

    public void PageStarted(DateTimeOffset at) =>
        Emit(at, 70, Service.Web, "web_recorder_started", new() { ["recorderStartTime"] = at.ToUnixTimeMilliseconds() });

    /// <param name="at">When.</param>
    /// <param name="code">0 stopped, 1 time over, 2 capability limit, 3 engine, 4 load timeout, 5 address, 6 recorder.</param>
    /// <param name="files">Its files.</param>
    public void PageStopped(DateTimeOffset at, int code, JsonArray files)
    {
        if (code == CapabilityLimit)
        {
            Emit(at, 72, Service.Web, "web_recorder_capability_limit", new() { ["limitType"] = "resolution" });
        }
        else if (code == LoadTimeout)
        {
            Emit(at, 73, Service.Web, "web_recorder_reload", new() { ["reason"] = "page_load_timeout" });
        }

        var details = new JsonObject
        {
            ["code"] = code,
            ["message"] = PageCodes[Math.Clamp(code, 0, PageCodes.Length - 1)],
            ["details"] = "",
            ["fileList"] = files,
        };
        Emit(at, 71, Service.Web, "web_recorder_stopped", details);
    }

    public void SnapshotUploaded(DateTimeOffset at, string key) =>
        Emit(at, 45, Service.Recorder, "recorder_snapshot_file", new() { ["fileName"] = key });

    /// <summary>Everything that will be uploaded is where it belongs, or in Agora's backup.</summary>
    public void Uploaded(DateTimeOffset at, bool isBackup, JsonArray files, Task? after)
    {
        Progress(at, isBackup ? 0 : 1);
        var name = isBackup ? "backuped" : "uploaded";
        var details = new JsonObject { ["status"] = 0 };
        if (task.Request.Page is null)
        {
            details["fileList"] = files;
        }

        Emit(at, isBackup ? 32 : 31, Service.Uploader, name, details, after);
    }

    public void Exited(DateTimeOffset at, RecorderEnd why)
    {
        if (to.SettingsHere.DownloadFailed)
        {
            var details = new JsonObject
            {
                ["vendor"] = 1,
                ["region"] = 0,
                ["bucket"] = task.Request.Storage.Bucket,
                ["fileName"] = "background.jpg;",
            };
            Emit(at, 90, Service.Downloader, "download_failed", details);
        }

        Status(at, 7, "");
        var isKicked = why is RecorderEnd.TokenExpired or RecorderEnd.UidConflict;
        Exit(at, isKicked ? openPoints.KickExitStatus : 0);
    }

    /// <summary>The checks after the answer to start found something.</summary>
    public void Rejected(DateTimeOffset at, RecorderFlaw flaw)
    {
        Error(at, flaw);
        Exit(at, 1);
    }

    public void Died(DateTimeOffset at, RecorderEnd why)
    {
        if (why == RecorderEnd.ServerLost)
        {
            Error(at, new RecorderFlaw(why, Module: 2, StartTimeout, "no server left"));
            Exit(at, 1);
        }
        else if (openPoints.KillIsNotified)
        {
            Status(at, 20, "");
            Exit(at, 1);
        }
    }

    private void Error(DateTimeOffset at, RecorderFlaw flaw)
    {
        var details = new JsonObject
        {
            ["module"] = flaw.Module,
            ["errorLevel"] = FatalError,
            ["errorCode"] = flaw.ErrorCode,
            ["stat"] = 0,
            ["errorMsg"] = flaw.Message,
        };
        Emit(at, 1, Service.Cloud, "cloud_recording_error", details);
    }

    private void Exit(DateTimeOffset at, int status) => Emit(at, 11, Service.Cloud, "session_exit", new() { ["exitStatus"] = status });

    private void Emit(DateTimeOffset at, int eventType, Service service, string name, JsonObject details, Task? after = null)
    {
        details.Insert(0, "msgName", name);
        var (channel, number) = (task.Request.Task.Channel, sequence++);
        var payload = new JsonObject
        {
            ["cname"] = channel,
            ["uid"] = Uid,
            ["sid"] = task.Sid,
            ["sequence"] = number,
            ["sendts"] = at.ToUnixTimeMilliseconds(),
            ["serviceType"] = (int)service,
            ["details"] = details,
        };
        if (to.SettingsHere.ServiceScene)
        {
            payload["serviceScene"] =
                task.Request.Page is not null ? "web_record"
                : task.Request.Snapshots?.IsAlone == true ? "rtc_snapshot"
                : "rtc_record";
        }

        var id = SeededIds.NoticeId(task.Sid, eventType, number);
        to.Enqueue(new Notice(id, task.AppId, new TaskIdentity(channel, Uid), task.Sid, eventType, number, payload), at, after);
    }
}

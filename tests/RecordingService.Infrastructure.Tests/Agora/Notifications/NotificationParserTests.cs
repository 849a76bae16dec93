using System.Text;
using FsCheck;
using FsCheck.Fluent;
using RecordingService.Domain;
using RecordingService.Infrastructure.Agora.Notifications;

namespace RecordingService.Infrastructure.Tests.Agora.Notifications;

public sealed class NotificationParserTests
{
    private const string Sid = "5b8d7a0c1e2f43968a7bc0d1e2f3a4b5";
    private static readonly DateTimeOffset Sent = DateTimeOffset.FromUnixTimeMilliseconds(1795255205871);
    private static readonly DateTimeOffset Received = DateTimeOffset.FromUnixTimeSeconds(1795255300);

    public static TheoryData<int, string, AgoraNotice> Events { get; } =
        new()
        {
            {
                1,
                """{"msgName":"cloud_recording_error","module":1,"errorLevel":5,"errorCode":32,"stat":0,"errorMsg":"bad key"}""",
                new Faulted(Sid, 7, Sent, 1, 5, 32, "bad key")
            },
            { 1, """{"module":"0","errorLevel":"4","errorCode":"101"}""", new Faulted(Sid, 7, Sent, 0, 4, 101, null) },
            { 1, "null", new Faulted(Sid, 7, Sent, -1, 0, 0, null) },
            { 2, """{"module":1,"warnCode":31}""", new Warned(Sid, 7, Sent, 1, 31) },
            { 3, """{"status":5,"recordingMode":1,"fileList":""}""", new StatusChanged(Sid, 7, Sent, 5) },
            {
                11,
                """{"exitStatus":0}""",
                new RecorderLeft(Sid, 7, Sent, LeaveCause.Unknown, "The session ended normally, uploads included.", IsFinished: true)
            },
            { 11, """{"exitStatus":"1"}""", new RecorderLeft(Sid, 7, Sent, LeaveCause.Failed, "The session ended abnormally.") },
            { 11, "{}", new RecorderLeft(Sid, 7, Sent, LeaveCause.Unknown, "The session ended.") },
            { 12, """{"newUid":4294967295}""", new RecorderMoved(Sid, 7, Sent, uint.MaxValue) },
            { 13, """{"newUid":5}""", new RecorderMoved(Sid, 7, Sent, null) },
            { 30, """{"status":0}""", new RecorderStarted(Sid, 7, Sent, false, false) },
            { 33, """{"progress":9999}""", new UploadProgressed(Sid, 7, Sent, 9999) },
            { 33, """{"progress":"10001"}""", new UploadProgressed(Sid, 7, Sent, 10_000) },
            { 40, """{"status":0}""", new RecorderStarted(Sid, 7, Sent, true, false) },
            { 40, """{"status":2}""", new RecorderStarted(Sid, 7, Sent, true, true) },
            { 70, """{"recorderStartTime":1795255203114}""", new RecorderStarted(Sid, 7, Sent, true, false) },
            {
                42,
                """{"startUtcMs":1795255203114,"discontinueUtcMs":1795255203114,"mixedAllUser":true,"streamUid":"0","trackType":"audio"}""",
                new SliceStarted(Sid, 7, Sent, DateTimeOffset.FromUnixTimeMilliseconds(1795255203114))
            },
            { 42, "{}", new SliceStarted(Sid, 7, Sent, Sent) },
            { 43, """{"streamUid":"7001","state":0,"UtcMs":1}""", new StreamChanged(Sid, 7, Sent, 7001, false, true) },
            { 44, """{"streamUid":7001,"state":1}""", new StreamChanged(Sid, 7, Sent, 7001, true, false) },
            { 45, """{"fileName":"t/r/shot.jpg"}""", new SnapshotTaken(Sid, 7, Sent, "shot.jpg") },
            { 60, """{"aliVodInfo":{"videoId":"v1"}}""", Other(60, "Upload to ApsaraVideo started (video v1).") },
            { 61, "{}", Other(61, "ApsaraVideo took the upload.") },
            { 72, """{"limitType":"WebGL"}""", Other(72, "The web page reached a limit of the recorder, which stops (limit WebGL).") },
            { 73, """{"reason":"audio_silence"}""", Other(73, "The web page was loaded again (reason audio_silence).") },
            { 80, "{}", Other(80, "Postponed transcoding started.") },
            { 81, """{"result":"fail"}""", Other(81, "Postponed transcoding ended (result fail).") },
            { 90, """{"fileName":"a.ts;b.ts"}""", Other(90, "Files could not be fetched for transcoding (files a.ts;b.ts).") },
            {
                100,
                """{"rtmpUrl":"rtmp://cdn/app/stream-key","status":"publishing"}""",
                Other(100, "Publishing to a CDN changed (status publishing).")
            },
            { 1001, """{"result":"total_success"}""", Other(1001, "Postponed transcoding is over (result total_success).") },
            { 34, """{"msgName":"STSExpired"}""", Other(34, "Event 34 (name STSExpired).") },
            { 999, "[]", Other(999, "Event 999.") },
            // without what they are about
            { 3, """{"status":"up"}""", Other(3, "Event 3.") },
            { 33, """{"progress":null}""", Other(33, "Event 33.") },
            { 43, """{"state":0}""", Other(43, "Event 43.") },
            { 45, """{"fileName":""}""", Other(45, "Event 45.") },
        };

    [Theory]
    [MemberData(nameof(Events))]
    public void Event_InTheReference_IsReadWithItsFields(int eventType, string details, AgoraNotice expected) =>
        Read(eventType, details).Notice.ShouldBe(expected);

    [Theory]
    [InlineData(4, UploadStatus.Unknown)]
    [InlineData(31, UploadStatus.Uploaded)]
    [InlineData(32, UploadStatus.BackedUp)]
    [Trait("Rule", "S9")]
    public void S9_EventWithFiles_NamesThem(int eventType, UploadStatus upload)
    {
        var one = Read(eventType, """{"fileList":"t/s_c.m3u8"}""").Notice.ShouldBeOfType<FilesNamed>();
        var many = Read(
            eventType,
            """{"status":"0","fileList":[{"fileName":"s_c.m3u8","trackType":"audio_and_video","uid":"0"},{"filename":"s_c_7001.m3u8","uid":"7001"},null]}"""
        )
            .Notice.ShouldBeOfType<FilesNamed>();
        var none = Read(eventType, """{"msgName":"uploaded","status":0}""").Notice.ShouldBeOfType<FilesNamed>();

        one.Upload.ShouldBe(upload);
        one.Files.ShouldBe([new AgoraFile("s_c.m3u8")]);
        many.Files.ShouldBe([new AgoraFile("s_c.m3u8", "audio_and_video"), new AgoraFile("s_c_7001.m3u8", null, 7001)]);
        none.Files.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("0", LeaveCause.Failed)]
    [InlineData("2", LeaveCause.Failed)]
    [InlineData("4", LeaveCause.Idle)]
    [InlineData("6", LeaveCause.Idle)]
    [InlineData("8", LeaveCause.Unknown)]
    [InlineData("10", LeaveCause.Failed)]
    [InlineData("16", LeaveCause.Unknown)]
    [InlineData("\"20\"", LeaveCause.Idle)]
    [InlineData("-1", LeaveCause.Unknown)]
    [InlineData("null", LeaveCause.Unknown)]
    [Trait("Rule", "S3")]
    public void S3_LeaveCode_TellsTheCause(string code, LeaveCause expected) =>
        Read(41, $$"""{"leaveCode":{{code}}}""").Notice.ShouldBeOfType<RecorderLeft>().Cause.ShouldBe(expected);

    [Theory]
    [InlineData(0, LeaveCause.Orderly)]
    [InlineData(1, LeaveCause.Orderly)]
    [InlineData(2, LeaveCause.Failed)]
    [InlineData(3, LeaveCause.Failed)]
    [InlineData(4, LeaveCause.Failed)]
    [InlineData(5, LeaveCause.Failed)]
    [InlineData(6, LeaveCause.Failed)]
    [InlineData(7, LeaveCause.Unknown)]
    public void WebPageRecorder_ThatStopped_TellsCauseAndFiles(int code, LeaveCause expected)
    {
        var notification = Read(71, $$"""{"code":{{code}},"message":"m","details":"d","fileList":[{"filename":"s_r.m3u8"}]}""");

        var left = notification.Notice.ShouldBeOfType<RecorderLeft>();
        left.Cause.ShouldBe(expected);
        left.Detail.ShouldEndWith(": \"m\".");
        notification.Beside!.Files.ShouldBe([new AgoraFile("s_r.m3u8")]);
    }

    [Theory]
    [InlineData(3, """{"status":5,"fileList":"s_c.m3u8"}""")]
    [InlineData(81, """{"uids":[{"uid":"1","fileList":[{"fileName":"s_c.m3u8"}]},7]}""")]
    [InlineData(1001, """{"fileList":[{"fileName":"s_c.m3u8"}]}""")]
    public void FilesBesideANotice_AreKept(int eventType, string details) =>
        Read(eventType, details).Beside!.Files.ShouldBe([new AgoraFile("s_c.m3u8")]);

    [Fact]
    public void Envelope_IsReadWhole()
    {
        var notification = Read(40, """{"status":0}""");

        notification.ShouldBe(
            new ParsedNotification(
                "b7c2",
                3,
                40,
                "consult-20417",
                900_001,
                Sid,
                new RecorderStarted(Sid, 7, Sent, true, false),
                DateTimeOffset.FromUnixTimeMilliseconds(1795255206001)
            )
        );
    }

    [Fact]
    public void Envelope_WithNumbersAsText_IsReadTheSame() =>
        Parse(
                $$$$"""{"noticeId":"b7c2","productId":"3","eventType":"40","notifyMs":"1795255206001","payload":{"cname":"consult-20417","uid":900001,"sid":"{{{{Sid}}}}","sequence":"7","sendts":"1795255205871","details":{"status":"0"}}}"""
            )
            .ShouldBe(Read(40, """{"status":0}"""));

    [Fact]
    public void Envelope_WithoutIdSequenceAndTimes_HasStandIns()
    {
        var notification = Parse($$$"""{"productId":3,"eventType":40,"payload":{"sid":"{{{Sid}}}"}}""");

        notification.NoticeId.ShouldStartWith("sha256:");
        notification.NotifiedAt.ShouldBe(Received);
        notification.Notice.ShouldBe(new RecorderStarted(Sid, -1, Received, true, false));
        Parse($$$"""{"productId":3,"eventType":40,"payload":{"sid":"{{{Sid}}}","sequence":0}}""").NoticeId.ShouldBe($"{Sid}:0:40");
    }

    [Theory]
    [InlineData("""{"noticeId":"n","productId":1,"eventType":101,"payload":{"sid":"s","channelName":"test_webhook","uid":12121212}}""")]
    [InlineData("""{"noticeId":"n","productId":3,"eventType":40,"payload":{"cname":"test_webhook","uid":12121212}}""")]
    [InlineData("""{"noticeId":"n","productId":3,"eventType":1,"payload":{}}""")]
    [InlineData("""{"noticeId":"n","productId":3,"eventType":1,"payload":"test"}""")]
    [InlineData("""{"noticeId":"n","eventType":1}""")]
    public void AnotherProductOrAHealthCheck_IsReadWithoutANotice(string body)
    {
        var notification = Parse(body);

        notification.NoticeId.ShouldBe("n");
        notification.Notice.ShouldBeNull();
    }

    [Fact]
    public void Read_OfAnyBytes_GivesANotificationOrAReason() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3_000), Prop.ForAll((byte[] bytes) => IsOneOrTheOther(bytes)));

    [Fact]
    public void Read_OfAnyMembers_GivesANotificationOrAReason() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(10_000),
            Prop.ForAll(Bodies.ToArbitrary(), text => IsOneOrTheOther(Encoding.UTF8.GetBytes(text)))
        );

    [Fact]
    public void Read_OfBodiesWithOneByteChanged_GivesANotificationOrAReason()
    {
        var body = Encoding.UTF8.GetBytes(
            $$$$"""{"noticeId":"b","productId":3,"eventType":31,"notifyMs":1,"payload":{"sid":"{{{{Sid}}}}","sequence":0,"details":{"fileList":[{"fileName":"é\ud83d\ude00"}]}}}"""
        );
        for (var at = 0; at < body.Length; at++)
        {
            foreach (var value in new byte[] { 0, 0x22, 0x2D, 0x30, 0x5C, 0x7B, 0x7D, 0x80, 0xED, 0xFF })
            {
                var changed = body.ToArray();
                changed[at] = value;
                IsOneOrTheOther(changed).ShouldBeTrue();
            }
        }
    }

    private static Gen<string> Values { get; } =
        Gen.Elements(
            "null",
            "true",
            "3",
            "\"3\"",
            "-1",
            "1e400",
            "99999999999999999999",
            "1.5",
            "\"\"",
            "\"text\"",
            "\"\\ud800\"",
            "[]",
            "[null,1,{},[{}]]",
            "{}",
            "4",
            "41",
            "1795255203114",
            "253402300800000",
            "\"a/b.m3u8/\"",
            "[{\"fileName\":\"x\",\"uid\":\"-3\"}]"
        );

    private static Gen<string> Object(string[] names, Gen<string> values) =>
        (from name in Gen.Elements(names) from value in values select $"\"{name}\":{value}")
            .ListOf()
            .Select(members => $"{{{string.Join(',', members)}}}");

    private static Gen<string> Details { get; } =
        Object(
            [
                "module",
                "errorCode",
                "errorMsg",
                "status",
                "fileList",
                "exitStatus",
                "newUid",
                "progress",
                "leaveCode",
                "startUtcMs",
                "streamUid",
                "state",
                "fileName",
                "code",
                "message",
                "uids",
                "aliVodInfo",
                "msgName",
            ],
            Values
        );

    private static Gen<string> Payloads { get; } =
        from outer in Object(["cname", "uid", "sequence", "sendts", "details"], Values)
        from details in Details
        select $"{{\"sid\":\"s\",{outer[1..^1]}{(outer.Length > 2 ? "," : "")}\"details\":{details}}}";

    private static Gen<string> Bodies { get; } =
        from outer in Object(["noticeId", "notifyMs", "payload", "productId"], Values)
        from eventType in Gen.Elements(1, 2, 3, 4, 11, 12, 13, 30, 31, 32, 33, 40, 41, 42, 43, 44, 45, 60, 70, 71, 72, 81, 90, 100, 1001, 5)
        from payload in Payloads
        from cut in Gen.Choose(0, 8)
        let text = $"{{{outer[1..^1]}{(outer.Length > 2 ? "," : "")}\"productId\":3,\"eventType\":{eventType},\"payload\":{payload}}}"
        select cut == 0 ? text[..(text.Length / 2)] : text;

    private static bool IsOneOrTheOther(byte[] body)
    {
        var (notification, problem) = NotificationParser.Read(body, Received, text => text);
        return notification is null == problem is { Length: > 10 };
    }

    private static OtherNotice Other(int eventType, string detail) => new(Sid, 7, Sent, eventType, detail);

    private static ParsedNotification Read(int eventType, string details) =>
        Parse(
            $$$$"""{"noticeId":"b7c2","productId":3,"eventType":{{{{eventType}}}},"notifyMs":1795255206001,"payload":{"cname":"consult-20417","uid":"900001","sid":"{{{{Sid}}}}","sequence":7,"sendts":1795255205871,"serviceType":1,"details":{{{{details}}}}}}"""
        );

    private static ParsedNotification Parse(string body) =>
        NotificationParser.Read(Encoding.UTF8.GetBytes(body), Received, text => text).Notification.ShouldNotBeNull();
}

using System.Text;
using FsCheck;
using FsCheck.Fluent;
using RecordingService.Domain;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Agora.Wire;

namespace RecordingService.Infrastructure.Tests.Agora;

public sealed class FailureClassifierTests
{
    public static TheoryData<string, int, string, AgoraFailureKind> Documented { get; } =
        new()
        {
            { "Acquire", 400, """{"message":"appid is invalid"}""", AgoraFailureKind.ProjectMisconfigured },
            { "Query", 401, """{"message":"Unauthorized"}""", AgoraFailureKind.Unauthorized },
            { "Start", 401, """{"message":"Invalid authentication credentials"}""", AgoraFailureKind.Unauthorized },
            { "Start", 403, "", AgoraFailureKind.Unauthorized },
            { "Stop", 404, """{"message":"no Route matched with those values"}""", AgoraFailureKind.NoRoute },
            { "Stop", 429, """{"message":"API rate limit exceeded"}""", AgoraFailureKind.RateLimited },
            { "Acquire", 400, """{"code":2,"reason":"Acquire: invalid resourceExpiredHour value!"}""", AgoraFailureKind.InvalidRequest },
            { "Acquire", 400, """{"code":400,"reason":"invalid_appid"}""", AgoraFailureKind.ProjectMisconfigured },
            { "Acquire", 400, """{"code":401,"reason":"invalid_channel_name"}""", AgoraFailureKind.InvalidRequest },
            { "Acquire", 400, """{"code":"405","reason":"no_active_status"}""", AgoraFailureKind.ProjectMisconfigured },
            { "Acquire", 400, """{"code":406,"reason":"vendor_over_load"}""", AgoraFailureKind.QuotaExhausted },
            { "Acquire", 500, """{"code":500,"reason":"internal_error"}""", AgoraFailureKind.ServerError },
            { "Acquire", 500, """{"code":501,"reason":"no_worker_manager_available"}""", AgoraFailureKind.ServerError },
            { "Acquire", 500, """{"code":504,"reason":"allocate_timeout"}""", AgoraFailureKind.ServerError },
            { "Start", 201, """{"code":7,"reason":"already started"}""", AgoraFailureKind.AlreadyStarted },
            { "Start", 206, """{"code":65,"reason":"request not completed"}""", AgoraFailureKind.NotCompleted },
            { "Start", 400, """{"code":2,"reason":"request_hash mismatch!"}""", AgoraFailureKind.InvalidRequest },
            { "Start", 400, """{"code":53,"reason":"task conflict"}""", AgoraFailureKind.Conflict },
            { "Start", 500, """{"code":502,"reason":"Failed to allocate worker"}""", AgoraFailureKind.ServerError },
            { "Start", 500, """{"code":62,"reason":"request timeout"}""", AgoraFailureKind.ServerError },
            { "Start", 500, """{"resourceId":"nUw","sid":"","code":15}""", AgoraFailureKind.ServerError },
            { "Start", 400, """{"code":433}""", AgoraFailureKind.ResourceExpired },
            { "Query", 400, """{"code":1001}""", AgoraFailureKind.ResourceExpired },
            { "Query", 400, """{"code":432}""", AgoraFailureKind.MismatchedIds },
            { "Stop", 400, """{"code":1003}""", AgoraFailureKind.MismatchedIds },
            { "Query", 206, """{"code":65}""", AgoraFailureKind.NotCompleted },
            { "Query", 404, """{"code":404,"reason":"failed to find worker"}""", AgoraFailureKind.RecorderNotFound },
            { "Query", 500, """{"code":501}""", AgoraFailureKind.AlreadyExiting },
            { "Query", 504, """{"code":62}""", AgoraFailureKind.ServerError },
            { "Stop", 206, """{"sid":"s","code":435,"reason":"no recorded data"}""", AgoraFailureKind.NothingRecorded },
            { "Stop", 400, """{"sid":"s","code":49,"serverResponse":{"fileListStr":"q/s_c.m3u8"}}""", AgoraFailureKind.AlreadyExiting },
            { "Stop", 500, """{"code":50}""", AgoraFailureKind.NotCompleted },
            {
                "Stop",
                404,
                """{"code":404,"serverResponse":{"payload":{"message":"failed to find worker"}},"sid":"s"}""",
                AgoraFailureKind.RecorderNotFound
            },
            { "Update", 206, """{"code":65,"reason":"request not completed"}""", AgoraFailureKind.NotCompleted },
            { "UpdateLayout", 206, """{"code":65}""", AgoraFailureKind.NotCompleted },
            { "Update", 400, """{"code":2,"reason":"invalid streamSubscribe"}""", AgoraFailureKind.InvalidRequest },
            { "UpdateLayout", 400, """{"code":1028}""", AgoraFailureKind.InvalidRequest },
            { "Update", 404, """{"code":404,"reason":"failed to find worker"}""", AgoraFailureKind.RecorderNotFound },
            { "UpdateLayout", 404, """{"message":"no Route matched with those values"}""", AgoraFailureKind.NoRoute },
            { "Update", 504, """{"code":62,"reason":"request timeout"}""", AgoraFailureKind.ServerError },
            { "UpdateLayout", 504, """{"code":62}""", AgoraFailureKind.ServerError },
            { "Update", 400, """{"code":432}""", AgoraFailureKind.MismatchedIds },
            { "Update", 400, """{"code":433}""", AgoraFailureKind.ResourceExpired },
            { "UpdateLayout", 400, """{"sid":"s","code":49}""", AgoraFailureKind.AlreadyExiting },
            { "Update", 401, """{"message":"Unauthorized"}""", AgoraFailureKind.Unauthorized },
            { "Update", 429, "", AgoraFailureKind.RateLimited },
            // what no document says
            { "Update", 200, "<html>", AgoraFailureKind.Unanswered },
            { "UpdateLayout", 200, """{"sid":"s","code":65}""", AgoraFailureKind.NotCompleted },
            { "Query", 404, "<html>not found</html>", AgoraFailureKind.Unanswered },
            { "Query", 404, "", AgoraFailureKind.Unanswered },
            { "Query", 404, "{}", AgoraFailureKind.Unanswered },
            { "Query", 302, "", AgoraFailureKind.Unanswered },
            { "Start", 400, "<html>", AgoraFailureKind.InvalidRequest },
            { "Start", 502, "<html>bad gateway</html>", AgoraFailureKind.ServerError },
            { "Stop", 200, "", AgoraFailureKind.Unanswered },
            { "Acquire", 200, """{"cname":"c"}""", AgoraFailureKind.Unanswered },
        };

    [Theory]
    [MemberData(nameof(Documented))]
    public void Answer_InTheReference_HasItsKind(string operation, int status, string body, AgoraFailureKind expected)
    {
        var read = AnswerBody.Read(Encoding.UTF8.GetBytes(body));
        var asked = Enum.Parse<AgoraOperation>(operation);

        FailureClassifier.IsSuccess(asked, status, read).ShouldBeFalse();
        FailureClassifier.Classify(asked, status, read, text => text).Kind.ShouldBe(expected);
    }

    [Fact]
    public void Start_Answered2xxWithASid_IsNeverAFailure() =>
        Check.QuickThrowOnFailure(
            Prop.ForAll(
                Gen.Choose(200, 299).ToArbitrary(),
                Gen.Choose(-1, 1100).ToArbitrary(),
                (status, code) =>
                    FailureClassifier.IsSuccess(
                        AgoraOperation.Start,
                        status,
                        AnswerBody.Read(Encoding.UTF8.GetBytes($$"""{"code":{{code}},"sid":"5b8d"}"""))
                    )
            )
        );

    [Fact]
    public void Classify_WhateverComes_NeverThrowsAndGivesOneKindAndASentence() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(3_000),
            Prop.ForAll(
                Operations.ToArbitrary(),
                Gen.Choose(100, 999).ToArbitrary(),
                Bodies.ToArbitrary(),
                (operation, status, text) =>
                {
                    var body = AnswerBody.Read(Encoding.UTF8.GetBytes(text));
                    var (kind, message) = FailureClassifier.Classify(operation, status, body, t => t);
                    return Enum.IsDefined(kind) && message.Length is > 10 and < 400;
                }
            )
        );

    [Fact]
    public void Read_OfAnyBytes_NeverThrows() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3_000), Prop.ForAll((byte[] bytes) => AnswerBody.Read(bytes) is not null));

    private static Gen<AgoraOperation> Operations { get; } =
        Gen.Elements(
            AgoraOperation.Acquire,
            AgoraOperation.Start,
            AgoraOperation.Query,
            AgoraOperation.Update,
            AgoraOperation.UpdateLayout,
            AgoraOperation.Stop
        );

    private static Gen<string> Values { get; } =
        Gen.Elements(
            "null",
            "true",
            "5",
            "\"5\"",
            "-1",
            "1e400",
            "99999999999999999999",
            "1.5",
            "\"\"",
            "\"text\"",
            "\"\\ud800\"",
            "[]",
            "[null,1,{}]",
            "{}",
            "435",
            "65",
            "404",
            "7",
            "1795255203114",
            "\"a/b.m3u8\"",
            "[{\"fileName\":\"x\",\"uid\":\"-3\"}]",
            "{\"status\":5,\"fileList\":[[]]}",
            "{\"extensionServiceState\":[1,{\"payload\":{\"fileList\":[{\"sliceStartTime\":[]}],\"state\":{}}}]}"
        );

    private static Gen<string> Members { get; } =
        from name in Gen.Elements("code", "message", "reason", "sid", "resourceId", "serverResponse", "cname", "other")
        from value in Values
        select $"\"{name}\":{value}";

    private static Gen<string> Bodies { get; } =
        from members in Members.ListOf()
        from cut in Gen.Choose(0, 8)
        let text = $"{{{string.Join(',', members)}}}"
        select cut == 0 ? text[..(text.Length / 2)] : text;
}

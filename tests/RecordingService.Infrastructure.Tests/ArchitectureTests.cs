using System.Reflection;
using System.Runtime.CompilerServices;
using RecordingService.Domain.Recordings;
using RecordingService.Infrastructure.Engine;

namespace RecordingService.Infrastructure.Tests;

/// <summary>Who may know whom, read from the compiled assemblies: signatures, fields, locals and the members that code calls.</summary>
public sealed class ArchitectureTests
{
    private static readonly Assembly Domain = typeof(Recording).Assembly;
    private static readonly Assembly Infrastructure = typeof(Schedule).Assembly;

    [Fact]
    public void Domain_ReferencesNothingButTheRuntime() =>
        Domain
            .GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name =>
                !name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("System.Net.Http", StringComparison.Ordinal)
            )
            .ShouldBeEmpty();

    [Fact]
    public void Infrastructure_DoesNotReferenceTheApi() =>
        Infrastructure.GetReferencedAssemblies().ShouldNotContain(name => name.Name == "RecordingService.Api");

    [Fact]
    public void Internals_AreOpenToTestsOnly() =>
        Infrastructure
            .GetCustomAttributes<InternalsVisibleToAttribute>()
            .Select(friend => friend.AssemblyName)
            .ShouldAllBe(name => name.EndsWith(".Tests", StringComparison.Ordinal) || name.EndsWith(".Testing", StringComparison.Ordinal));

    [Fact]
    public void WireTypes_AreInternalAndNamedByTheAgoraClientOnly()
    {
        const string agora = "RecordingService.Infrastructure.Agora";
        var wire = Infrastructure.GetTypes().Where(type => type.Namespace == $"{agora}.Wire").ToList();
        wire.ShouldNotBeEmpty();
        wire.Where(type => type.IsVisible).ShouldBeEmpty();

        Offenders(type => !Within(type, agora), used => used.Namespace == $"{agora}.Wire").ShouldBeEmpty();
    }

    [Fact]
    public void DatabaseTypes_AreNamedByTheEngineOnly() =>
        Offenders(type => !Within(type, "RecordingService.Infrastructure.Engine"), IsDatabaseType).ShouldBeEmpty();

    [Fact]
    public void TheEngine_KnowsAgoraAndBucketsByTheirPortsAndOptionsOnly()
    {
        string[] allowed =
        [
            "AgoraOptions",
            "AgoraProjectOptions",
            "RecorderUidRanges",
            "IdleTimePolicy",
            "StorageOptions",
            "StorageProfileOptions",
            // What came in from Agora, checked and read; and the clock that the client is given.
            "AgoraNotifications",
            "ParsedNotification",
            "NotificationReading",
            "RecordingNow",
        ];

        Offenders(
                type => Within(type, "RecordingService.Infrastructure.Engine"),
                used =>
                    (Within(used, "RecordingService.Infrastructure.Agora") || Within(used, "RecordingService.Infrastructure.Storage"))
                    && !allowed.Contains(Outermost(used).Name)
                    && Outermost(used).Name != "IdleTime"
            )
            .ShouldBeEmpty();
    }

    [Fact]
    public void Writers_OfARecordingsState_AreTheHolderAndItsStoreOnly()
    {
        string[] allowed = [nameof(RecordingStore), nameof(Processor), nameof(EngineServiceCollectionExtensions)];

        Offenders(type => !allowed.Contains(Outermost(type).Name), used => used == typeof(RecordingStore), exceptCallsTo: ["Add", "Json"])
            .ShouldBeEmpty();
    }

    [Fact]
    public void PublicSurface_OfTheEngine_NamesNoDatabaseType() =>
        Infrastructure
            .GetTypes()
            .Where(type => type.IsVisible && !type.IsSubclassOf(typeof(Microsoft.EntityFrameworkCore.Migrations.Migration)))
            .SelectMany(type =>
                type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            )
            .SelectMany(Signature)
            .Where(type => IsDatabaseType(type))
            .ShouldBeEmpty();

    /// <summary>"Type names Other" for each of these types that names one of those.</summary>
    private static IEnumerable<string> Offenders(Func<Type, bool> from, Func<Type, bool> to, string[]? exceptCallsTo = null) =>
        Infrastructure
            .GetTypes()
            .Where(type => type.Namespace?.StartsWith("RecordingService", StringComparison.Ordinal) == true && from(type))
            .SelectMany(type =>
                Uses(type, exceptCallsTo ?? []).Where(to).Select(used => $"{Outermost(type).FullName} names {used.FullName}")
            )
            .Distinct();

    private static IEnumerable<Type> Uses(Type type, string[] exceptCallsTo)
    {
        const BindingFlags all =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return new[] { type.BaseType }
            .OfType<Type>()
            .Concat(type.GetInterfaces())
            .Concat(type.GetMembers(all).SelectMany(Signature))
            .Concat(
                type.GetMethods(all)
                    .Cast<MethodBase>()
                    .Concat(type.GetConstructors(all))
                    .SelectMany(method => Called(method, exceptCallsTo))
            )
            .SelectMany(Parts);
    }

    private static IEnumerable<Type> Signature(MemberInfo member) =>
        (
            member switch
            {
                FieldInfo field => [field.FieldType],
                PropertyInfo property => [property.PropertyType],
                MethodBase method =>
                [
                    .. method.GetParameters().Select(parameter => parameter.ParameterType),
                    .. method is MethodInfo { ReturnType: var returned } ? [returned] : Type.EmptyTypes,
                    .. method.GetMethodBody()?.LocalVariables.Select(local => local.LocalType) ?? [],
                ],
                _ => Type.EmptyTypes,
            }
        ).SelectMany(Parts);

    /// <summary>The types whose members the code of a method names: every token in its body that is one of a member or a type.</summary>
    private static IEnumerable<Type> Called(MethodBase method, string[] exceptCallsTo)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var at = 0; at + 4 <= code.Length; at++)
        {
            var token = BitConverter.ToInt32(code, at);
            // TypeRef, TypeDef, Field, MethodDef, MemberRef, TypeSpec, MethodSpec. Other bytes may look alike; those are not resolved, or harmless.
            if ((token >>> 24) is not (0x01 or 0x02 or 0x04 or 0x06 or 0x0A or 0x1B or 0x2B))
            {
                continue;
            }

            if (!FollowsAnInstruction(code, at) || Resolve(method, token) is not { } member || exceptCallsTo.Contains(member.Name))
            {
                continue;
            }

            if ((member as Type ?? member.DeclaringType) is { } named)
            {
                yield return named;
            }
        }
    }

    /// <summary>call, callvirt, newobj, ldfld, stfld, ldsfld, castclass, isinst, box, ldtoken ...: instructions that take a token.</summary>
    private static bool FollowsAnInstruction(byte[] code, int at) =>
        at > 0 && code[at - 1] is 0x28 or 0x6F or 0x73 or 0x74 or 0x75 or 0x7B or 0x7D or 0x7E or 0x80 or 0x8C or 0x8D or 0xA5 or 0xD0;

    private static MemberInfo? Resolve(MethodBase method, int token)
    {
        try
        {
            return method.Module.ResolveMember(
                token,
                method.DeclaringType?.IsGenericType == true ? method.DeclaringType.GetGenericArguments() : null,
                method.IsGenericMethod ? method.GetGenericArguments() : null
            );
        }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException or TypeLoadException)
        {
            return null;
        }
    }

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type)
        : [type];

    private static bool IsDatabaseType(Type type) =>
        type.Namespace is { } name
        && (
            name.StartsWith("Npgsql", StringComparison.Ordinal)
            || name.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal)
        );

    private static bool Within(Type type, string room) =>
        type.Namespace is { } name && (name == room || name.StartsWith($"{room}.", StringComparison.Ordinal));

    private static Type Outermost(Type type) =>
        type.DeclaringType is { } outer && (type.IsNested || type.IsDefined(typeof(CompilerGeneratedAttribute))) ? Outermost(outer) : type;
}
